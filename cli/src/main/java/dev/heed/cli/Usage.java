package dev.heed.cli;

import dev.heed.config.UserError;
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
}
