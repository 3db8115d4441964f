package dev.heed.recipe;

import dev.heed.tensor.Device;
import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Runs of a model that is as small as they come, on a few dates. */
public final class Tiny {
  private static final String YAML =
      """
      data: {format: dates, train: 200, valid: 12, maxLength: 64, batchTokens: 512}
      text: {kind: characters, vocabulary: 50, minFrequency: 1, joint: true}
      model: {d: 16, ffn: 32, heads: 2, encoder: 1, decoder: 1, dropout: 0.1, positions: 64}
      train:
        steps: 30
        schedule: {lr: 5e-3, warmup: 10}
        validateEvery: 8
        validatePairs: 4
        best: loss
        saveEvery: 6
        logEvery: 5
        average: 2
      decode: {beam: 1, maxLength: 16}
      """;

  private Tiny() {}

  /** The recipe, with {@code --set} overrides; {@code dir} is for the file that it is read from. */
  public static Recipe recipe(Path dir, String... overrides) {
    try {
      return Recipe.read(Files.writeString(dir.resolve("tiny.yaml"), YAML), List.of(overrides));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Trainer.End train(Recipe recipe, Path out) {
    return train(recipe, out, new Silent(), () -> false);
  }

  public static Trainer.End train(Recipe recipe, Path out, Journal journal, BooleanSupplier stop) {
    return recipe.run(out, Device.CPU, said -> {}).train(journal, stop);
  }

  /** Listens to nothing; tests overwrite what they want to hear. */
  public static class Silent implements Journal {
    @Override
    public void start(TrainState state, TrainConfig config) {}

    @Override
    public void update(TrainState state, double loss, double nll, double lr, long tokens) {}

    @Override
    public void validation(TrainState state, Validator.Result result) {}
  }
}
