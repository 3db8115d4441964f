package dev.heed.recipe;

import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Prefetch;
import dev.heed.inspect.Curves;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.train.Checkpoints;
import dev.heed.train.Journal;
import dev.heed.train.MetricsLog;
import dev.heed.train.Objective;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The folder of a run: {@code recipe.yaml}, {@code metrics.jsonl}, {@code curves.png}, {@code
 * checkpoints/} and, at the end, the model.
 */
public final class RunFolder {
  private static final String RECIPE = "recipe.yaml";
  private static final int PREFETCH = 8; // batches
  private static final String MODEL = "model.safetensors";

  /** What Hugging Face's libraries read beside a model and its tokenizer.json. */
  private static final List<String> BESIDE =
      List.of(
          "added_tokens.json",
          "chat_template.jinja",
          "generation_config.json",
          "special_tokens_map.json",
          "tokenizer_config.json");

  private final Path out;
  private final TrainingRecipe recipe;
  private final Device device;
  private final Consumer<String> say;
  private final Checkpoints checkpoints;

  /**
   * @param out new, unfinished or (with another bound) to be prolonged
   * @param say is told in a sentence what is going on
   */
  public RunFolder(Path out, TrainingRecipe recipe, Device device, Consumer<String> say) {
    this.out = out;
    this.recipe = recipe;
    this.device = device;
    this.say = say;
    this.checkpoints = new Checkpoints(out);
  }

  Path path() {
    return out;
  }

  Device device() {
    return device;
  }

  void say(String format, Object... values) {
    say.accept(format.formatted(values));
  }

  /** Refuses what must not be gone on with or written over. */
  void check() {
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
    if (!Files.exists(file)) return;
    if (TrainingRecipe.read(file, List.of()).unbounded().equals(recipe.unbounded())) return;
    if (saved.isPresent())
      throw new UserError(
          "%s was begun by a recipe with other settings (%s): give the same, another --out, or --overwrite"
              .formatted(out, file));
    clear(out); // its tokenizers aren't this recipe's, and nothing was learned yet
  }

  /** Writes the recipe down: from now on the folder is this run's. */
  void begin() {
    AtomicFile.write(out.resolve(RECIPE), Configs.toYaml(recipe));
  }

  /**
   * What is trained, from what, towards what.
   *
   * @param model on any device
   * @param batches of the training corpus
   */
  record Learning<B>(
      Module model,
      Objective<B> objective,
      Batches batches,
      Function<Bucket, B> collate,
      Validator validator) {}

  /**
   * Trains from where the folder stands. At the end the best weights are in the model, on the CPU.
   *
   * @param progress is told of updates and validations, besides the files
   * @param stop is asked after each update whether to save and return
   */
  <B> Trainer.End train(Learning<B> learning, Journal progress, BooleanSupplier stop) {
    TrainConfig train = recipe.train();
    Module model = learning.model();
    model.to(device);
    Trainer<B> trainer =
        new Trainer<>(
            train,
            new Trainer.Parts<>(
                model,
                learning.objective(),
                train.optimizer().create(model.trained()),
                train.schedule().create(),
                position -> new Prefetch<>(learning.batches().from(position), PREFETCH),
                learning.collate(),
                learning.validator(),
                checkpoints,
                journal(progress),
                device));
    trainer.resume();
    if (trainer.state().step() > 0) say("going on after step %d", trainer.state().step());
    Trainer.End end = trainer.run(stop);
    model.to(Device.CPU);
    return end;
  }

  /** Copies what tells how to read and write texts from the folder that a model came from. */
  void copyBeside(Path start) {
    for (String name : BESIDE) {
      Path from = start.resolve(name);
      try {
        if (Files.exists(from))
          Files.copy(from, out.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw FileErrors.unwritable(out.resolve(name), e);
      }
    }
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
    List<String> ours = new ArrayList<>(BESIDE);
    ours.addAll(
        List.of(
            "checkpoints",
            "generator",
            RECIPE,
            "metrics.jsonl",
            "curves.png",
            MODEL,
            "config.json",
            "decode.json",
            "preprocessor_config.json",
            "tokenizer.json",
            "source.tokenizer.json",
            "target.tokenizer.json"));
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
  private Journal journal(Journal other) {
    Path metrics = out.resolve("metrics.jsonl");
    MetricsLog log = new MetricsLog(metrics);
    return new Journal() {
      @Override
      public void start(TrainState state, TrainConfig config) {
        log.start(state, config);
        other.start(state, config);
      }

      @Override
      public void told(Map<String, Object> values) {
        log.told(values);
        other.told(values);
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
