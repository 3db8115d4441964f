package dev.heed.cli;

import dev.heed.hub.Hub;
import dev.heed.hub.HubSettings;
import dev.heed.hub.ModelSource;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.BiFunction;

/** What {@code --model} names: a folder, or a model of the Hugging Face hub. */
final class Models {
  static final String LABEL = "DIR|ORG/NAME";
  static final String DESCRIPTION =
      "A model folder, or a model of the Hugging Face hub: org/name or org/name@revision.";

  private Models() {}

  /** The model's folder, after loading it from the hub if need be. */
  static Path folder(String model, PrintWriter err) {
    return resolved(model, err, ModelSource::folder);
  }

  /** The same without the weights; a file stands for itself. */
  static Path tokenizer(String model, PrintWriter err) {
    return resolved(model, err, ModelSource::tokenizer);
  }

  private static Path resolved(
      String model, PrintWriter err, BiFunction<String, Hub, Path> source) {
    try (HubProgress progress = new HubProgress(model, err)) {
      return source.apply(model, new Hub(HubSettings.ofEnvironment(), progress));
    }
  }
}
