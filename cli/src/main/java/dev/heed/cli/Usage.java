package dev.heed.cli;

import dev.heed.config.UserError;
import java.util.List;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Values of options that can only be judged together. */
final class Usage {
  private Usage() {}

  /**
   * What {@code made} gives.
   *
   * @throws ParameterException if it refuses the values it is made of: exit code 2
   */
  static <T> T checked(CommandSpec verb, Supplier<T> made) {
    try {
      return made.get();
    } catch (UserError | IllegalArgumentException e) {
      throw new ParameterException(verb.commandLine(), e.getMessage(), e);
    }
  }

  /**
   * What the texts of a line are called in JSON: {@code names}.
   *
   * @param fields what {@code --fields} names, if anything
   * @throws ParameterException if these aren't as many
   */
  static List<String> fields(CommandSpec verb, List<String> fields, List<String> names) {
    if (!fields.isEmpty() && fields.size() != names.size())
      throw new ParameterException(
          verb.commandLine(),
          "--fields must name %d, for %s".formatted(names.size(), String.join(" and ", names)));
    return names;
  }
}
