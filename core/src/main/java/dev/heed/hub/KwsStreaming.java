package dev.heed.hub;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder as kws_streaming (Rybakov et al. 2020) trains keyword spotters into it: {@code
 * flags.json}, {@code labels.txt} with a class a line, and the weights in a safetensors file of any
 * name.
 */
final class KwsStreaming {
  private static final String FLAGS = "flags.json";
  private static final String LABELS = "labels.txt";

  private KwsStreaming() {}

  /** Whether a folder is one; config.json takes precedence. */
  static boolean is(Path folder) {
    return Files.exists(folder.resolve(FLAGS)) && !Files.exists(folder.resolve(Checkpoint.CONFIG));
  }

  /**
   * The flags, and what config.json would say besides.
   *
   * @throws UserError if a file is missing or broken, or the model isn't the Keyword Transformer
   */
  static ObjectNode config(Path folder) {
    Path flags = folder.resolve(FLAGS);
    ObjectNode config = Checkpoint.object(flags);
    String model = config.path("model_name").asText();
    if (!model.equals("kws_transformer"))
      throw new UserError(
          "%s: model_name is \"%s\", where kws_transformer is known".formatted(flags, model));
    config.putArray("architectures").add("KeywordTransformer");
    config.put("model_type", "keyword-transformer");
    List<String> labels = labels(folder.resolve(LABELS));
    ObjectNode named = config.putObject("id2label");
    for (int i = 0; i < labels.size(); i++) named.put(Integer.toString(i), labels.get(i));
    return config;
  }

  private static List<String> labels(Path file) {
    try {
      return Files.readAllLines(file).stream().filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** The only file of weights; {@code io.safetensors} holds numbers to compare with. */
  static Path weights(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> weights =
          files
              .filter(file -> file.toString().endsWith(".safetensors"))
              .filter(file -> !file.endsWith("io.safetensors"))
              .toList();
      if (weights.size() == 1) return weights.get(0);
      throw new UserError(
          "%s holds %d files of weights beside %s: leave one, NAME.safetensors"
              .formatted(folder, weights.size(), FLAGS));
    } catch (IOException e) {
      throw FileErrors.unreadable(folder, e);
    }
  }
}
