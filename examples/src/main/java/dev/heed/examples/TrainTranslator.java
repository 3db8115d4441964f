package dev.heed.examples;

import dev.heed.recipe.Recipe;
import dev.heed.task.Translator;
import java.nio.file.Path;
import java.util.List;

/** Trains a model that turns dates as people write them into ISO 8601, and uses it. */
public final class TrainTranslator {
  private TrainTranslator() {}

  public static void main(String[] args) {
    System.out.println(train(Path.of(args[0]), 20_000, 1000));
  }

  /** Saves the model in {@code folder}; what it makes of two dates. */
  static List<String> train(Path folder, int pairs, int steps) {
    // region
    Recipe recipe =
        Recipe.of(
            "data.format=dates", // made on the spot: no file is needed
            "data.train=" + pairs,
            "data.valid=200",
            "text.kind=characters",
            "text.vocabulary=400",
            "model.d=128",
            "model.encoder=2",
            "model.decoder=2",
            "train.steps=" + steps,
            "train.schedule.lr=2e-3",
            "train.schedule.warmup=400",
            "decode.maxLength=16");
    recipe.run(folder).train();
    try (Translator translator = Translator.load(folder)) {
      return translator.translate(List.of("le 3 mai 1998", "July 20th, 1969"));
    }
    // endregion
  }
}
