package dev.heed.task;

import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.inspect.Curves;
import dev.heed.train.Checkpoints;
import dev.heed.train.Journal;
import dev.heed.train.MetricsLog;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The folder of a run: {@code recipe.yaml}, {@code metrics.jsonl}, {@code curves.png}, {@code
 * checkpoints/} and, at the end, the model.
 */
public final class RunFolder {
  private static final String RECIPE = "recipe.yaml";
  private static final String MODEL = "model.safetensors";

  private final Path out;
  private final TrainingRecipe recipe;
  private final Checkpoints checkpoints;

  RunFolder(Path out, TrainingRecipe recipe) {
    this.out = out;
    this.recipe = recipe;
    this.checkpoints = new Checkpoints(out);
  }

  Checkpoints checkpoints() {
    return checkpoints;
  }

  /**
   * Where the run stands, if it has begun. What must not be gone on with or written over is
   * refused.
   */
  Optional<TrainState> check() {
    Optional<TrainState> saved = checkpoints.state();
    Path model = out.resolve(MODEL);
    if (saved.isEmpty() && Files.exists(model))
      throw new UserError(out + " holds a model: give another --out, or --overwrite");
    if (saved.isPresent()
        && Trainer.finished(recipe.train(), saved.get())
        && isYounger(model, checkpoints.written().orElseThrow()))
      throw new UserError(
          out + " holds a finished run: give another --out, a larger bound, or --overwrite");
    Path file = out.resolve(RECIPE);
    if (!Files.exists(file)) return saved;
    if (TrainingRecipe.read(file, List.of()).unbounded().equals(recipe.unbounded())) return saved;
    if (saved.isPresent())
      throw new UserError(
          "%s was begun by a recipe with other settings (%s): give the same, another --out, or --overwrite"
              .formatted(out, file));
    clear(out); // its tokenizers aren't this recipe's, and nothing was learned yet
    return saved;
  }

  /** Writes the recipe down: from now on the folder is this run's. */
  void begin() {
    AtomicFile.write(out.resolve(RECIPE), Configs.toYaml(recipe));
  }

  /** Whether a model is that of a checkpoint, rather than of the run that is being prolonged. */
  private static boolean isYounger(Path model, FileTime checkpoint) {
    try {
      return Files.exists(model) && Files.getLastModifiedTime(model).compareTo(checkpoint) >= 0;
    } catch (IOException e) {
      throw FileErrors.unreadable(model, e);
    }
  }

  /** Removes what an earlier run left in a folder; other files stay. */
  public static void clear(Path out) {
    List<String> ours =
        List.of(
            "checkpoints",
            RECIPE,
            "metrics.jsonl",
            "curves.png",
            MODEL,
            "config.json",
            "decode.json",
            "tokenizer.json",
            "source.tokenizer.json",
            "target.tokenizer.json");
    for (String name : ours) {
      Path path = out.resolve(name);
      if (!Files.exists(path)) continue;
      try (var tree = Files.walk(path)) {
        for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
      } catch (IOException e) {
        throw FileErrors.unwritable(path, e);
      }
    }
  }

  /** The log, the picture, and whoever else listens. */
  Journal journal(Journal other) {
    Path metrics = out.resolve("metrics.jsonl");
    MetricsLog log = new MetricsLog(metrics);
    return new Journal() {
      @Override
      public void start(TrainState state, TrainConfig config) {
        log.start(state, config);
        other.start(state, config);
      }

      @Override
      public void update(TrainState state, double loss, double nll, double lr, long tokens) {
        log.update(state, loss, nll, lr, tokens);
        other.update(state, loss, nll, lr, tokens);
      }

      @Override
      public void validation(TrainState state, Validator.Result result) {
        log.validation(state, result);
        other.validation(state, result);
        Curves.read(metrics).png(out.resolve("curves.png"));
      }
    };
  }
}
