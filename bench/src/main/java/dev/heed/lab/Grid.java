package dev.heed.lab;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.data.Corpus;
import dev.heed.data.DataConfig;
import dev.heed.data.Pair;
import dev.heed.eval.Bleu;
import dev.heed.eval.ExactMatch;
import dev.heed.hub.Checkpoint;
import dev.heed.inspect.Curves;
import dev.heed.inspect.Plot;
import dev.heed.model.Transformer;
import dev.heed.recipe.Recipe;
import dev.heed.task.ModelFolder;
import dev.heed.task.Translator;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.text.Tokenizer;
import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One recipe with one set of overrides after the other: each is trained in a folder of its own,
 * {@code runs/NAME}, and evaluated. A run that was stopped goes on from its own checkpoints; those
 * of a run that is finished are removed, and its model stays.
 */
public final class Grid {
  private static final int WARM_UP = 32; // lines that are translated before the clock starts

  /** Updates between two lines of a run's log. */
  private static final int LOG_EVERY = 10;

  /**
   * One row.
   *
   * @param key as a {@link Trial}'s
   * @param overrides of the recipe, {@code key=value} each
   * @param told what the row tells before its figures
   */
  public record Variant(Map<String, Object> key, List<String> overrides, Map<String, Object> told) {
    public Variant {
      key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
      overrides = List.copyOf(overrides);
      told = Collections.unmodifiableMap(new LinkedHashMap<>(told));
    }
  }

  /**
   * What a trained model wrote.
   *
   * @param lengths of the sources, in tokens
   */
  record Written(List<Pair> pairs, int[] lengths, List<String> outputs) {}

  /** What is measured on what was written, besides quality. */
  interface More {
    Map<String, Object> of(Written written, Quality quality);
  }

  /** How what was written is judged, higher is better. */
  enum Quality {
    /** The share of lines that are right. */
    EXACT("exact match") {
      @Override
      double of(List<String> hypotheses, List<String> references) {
        return ExactMatch.corpus(hypotheses, List.of(references));
      }
    },
    BLEU("BLEU") {
      @Override
      double of(List<String> hypotheses, List<String> references) {
        return new Bleu(Bleu.Options.DEFAULT).corpus(hypotheses, List.of(references)).score();
      }
    };

    private final String title;

    Quality(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }

    abstract double of(List<String> hypotheses, List<String> references);
  }

  private final Function<List<String>, Recipe> reader;
  private final List<String> overrides;
  private final Optional<String> test;
  private final Path out;
  private final Device device;

  /**
   * @param reader gives the recipe with overrides
   * @param overrides of all rows
   * @param test the corpus to evaluate on, named as {@code data.valid} names one; else that itself
   * @param out the study's folder
   */
  public Grid(
      Function<List<String>, Recipe> reader,
      List<String> overrides,
      Optional<String> test,
      Path out,
      Device device) {
    this.reader = reader;
    this.overrides = List.copyOf(overrides);
    this.test = test;
    this.out = out;
    this.device = device;
  }

  /**
   * Overrides that end every run after so many updates, and let its learning rate end there too if
   * its schedule has an end.
   */
  public static List<String> steps(long steps, Recipe recipe) {
    List<String> all =
        new ArrayList<>(List.of("train.steps=" + steps, "train.minutes=0", "train.epochs=0"));
    var schedule = recipe.train().schedule();
    if (schedule.total() > 0) {
      all.add("train.schedule.total=" + steps);
      all.add("train.schedule.warmup=" + schedule.warmup() * steps / schedule.total());
    }
    return all;
  }

  /** Overrides that end every run after so many minutes. */
  public static List<String> minutes(double minutes) {
    return List.of("train.minutes=" + minutes, "train.steps=0", "train.epochs=0");
  }

  /** The recipe of a row. What all rows say of the model says nothing to one of another kind. */
  Recipe recipe(List<String> ofRow) {
    boolean other = ofRow.stream().anyMatch(override -> override.startsWith("model.kind="));
    List<String> all = new ArrayList<>(List.of("train.logEvery=" + LOG_EVERY));
    for (String override : overrides)
      if (!other || !override.startsWith("model.")) all.add(override);
    all.addAll(ofRow);
    return reader.apply(all);
  }

  /**
   * The model of a row's recipe.
   *
   * @throws UserError if it is no Transformer
   */
  Transformer.Config transformer(List<String> ofRow) {
    if (recipe(ofRow).model() instanceof Transformer.Config transformer) return transformer;
    throw new UserError("this study varies a Transformer: give a recipe of one");
  }

  Quality quality() {
    return recipe(List.of()).data().format() == DataConfig.Format.DATES
        ? Quality.EXACT
        : Quality.BLEU;
  }

  List<Trial> trials(List<Variant> variants, More more) {
    return variants.stream()
        .map(variant -> new Trial(variant.key(), (now, stop) -> measure(variant, more, now, stop)))
        .toList();
  }

  private Optional<Map<String, Object>> measure(
      Variant variant, More more, Consumer<String> now, BooleanSupplier stop) {
    Recipe recipe = recipe(variant.overrides());
    Path run = run(name(variant.key()));
    if (!train(recipe, run, now, stop)) return Optional.empty();
    now.accept("evaluating");
    Map<String, Object> figures = new LinkedHashMap<>(variant.told());
    trained(run, figures);
    evaluate(recipe, run, more, figures);
    return Optional.of(figures);
  }

  /** Whether the run is finished; otherwise it was stopped, and is saved. */
  private boolean train(Recipe recipe, Path run, Consumer<String> now, BooleanSupplier stop) {
    Path model = run.resolve("model.safetensors");
    Path checkpoints = run.resolve("checkpoints");
    if (Files.exists(checkpoints)) remove(model); // it wasn't known to be whole
    if (!Files.exists(model)
        && recipe.run(run, device, now).train(new Steps(now), stop) != Trainer.End.FINISHED)
      return false;
    remove(checkpoints);
    return true;
  }

  /** Tells of every update. */
  private record Steps(Consumer<String> now) implements Journal {
    @Override
    public void start(TrainState state, TrainConfig config) {}

    @Override
    public void update(TrainState state, double loss, double nll, double lr, long tokens) {
      now.accept(String.format(Locale.ROOT, "step %,d, loss %.3f", state.step(), loss));
    }

    @Override
    public void validation(TrainState state, Validator.Result result) {
      now.accept(
          String.format(Locale.ROOT, "step %,d, quality %.3f", state.step(), result.quality()));
    }
  }

  private static void remove(Path path) {
    if (!Files.exists(path)) return;
    try (var tree = Files.walk(path)) {
      for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
    } catch (IOException e) {
      throw FileErrors.unwritable(path, e);
    }
  }

  /** What training took, by the run's log. */
  private static void trained(Path run, Map<String, Object> figures) {
    Map<String, NavigableMap<Long, Double>> log =
        Curves.read(run.resolve("metrics.jsonl")).series();
    try (Scope scope = Scope.open()) {
      figures.put("parameters", Checkpoint.load(run, Device.CPU).model().parameterCount());
    }
    NavigableMap<Long, Double> seconds = log.getOrDefault("seconds", new TreeMap<>());
    if (seconds.isEmpty()) return; // too few updates for a line
    figures.put("updates", seconds.lastKey());
    figures.put("minutes", seconds.lastEntry().getValue() / 60);
    NavigableMap<Long, Double> speed = log.getOrDefault("tokensPerSecond", new TreeMap<>());
    double inverses = speed.values().stream().mapToDouble(each -> 1 / each).sum();
    if (!speed.isEmpty()) figures.put("training tokens/s", speed.size() / inverses);
  }

  private void evaluate(Recipe recipe, Path run, More more, Map<String, Object> figures) {
    List<Pair> pairs = pairs(recipe);
    List<String> sources = pairs.stream().map(Pair::source).toList();
    List<String> outputs;
    double seconds;
    try (Translator translator = Translator.load(run, device)) {
      translator.translate(sources.subList(0, Math.min(WARM_UP, sources.size())));
      long from = System.nanoTime();
      outputs = translator.translate(sources);
      seconds = (System.nanoTime() - from) / 1e9;
      figures.put("perplexity", translator.perplexity(pairs).perplexity());
    }
    ModelFolder.Tokenizers tokenizers = ModelFolder.tokenizers(run);
    figures.put("decoding tokens/s", tokens(tokenizers.target(), outputs) / seconds);
    List<String> references = pairs.stream().map(Pair::target).toList();
    figures.put(quality().title(), quality().of(outputs, references));
    int[] lengths =
        tokenizers.source().encodeAll(sources).stream().mapToInt(ids -> ids.length).toArray();
    figures.putAll(more.of(new Written(pairs, lengths, outputs), quality()));
  }

  private static double tokens(Tokenizer tokenizer, List<String> lines) {
    return tokenizer.encodeAll(lines).stream().mapToInt(ids -> ids.length).sum();
  }

  private List<Pair> pairs(Recipe recipe) {
    long seed = recipe.train().seed();
    Corpus corpus =
        test.map(name -> recipe.data().testCorpus(name, seed))
            .orElseGet(() -> recipe.data().validCorpus(seed));
    List<Pair> pairs = new ArrayList<>();
    try (var all = corpus.iterator()) {
      all.forEachRemaining(pairs::add);
    }
    if (pairs.isEmpty()) throw new UserError(corpus.name() + " has no pair to evaluate on");
    return pairs;
  }

  private Path run(String name) {
    return out.resolve("runs").resolve(name);
  }

  /** A key as the name of a folder. */
  private static String name(Map<String, Object> key) {
    return key.values().stream()
        .map(value -> value.toString().replaceAll("[^\\w.]+", "-"))
        .collect(Collectors.joining("-"));
  }

  /** Quality over the updates, as validation saw it. */
  Plot curves(List<Row> rows) {
    Map<String, NavigableMap<Double, Double>> series = new LinkedHashMap<>();
    for (Row row : rows) {
      Path log = run(name(row.key())).resolve("metrics.jsonl");
      if (!Files.exists(log)) continue;
      NavigableMap<Double, Double> points = new TreeMap<>();
      Curves.read(log)
          .series()
          .getOrDefault("validQuality", new TreeMap<>())
          .forEach((step, value) -> points.put((double) step, value));
      series.put(
          row.key().values().stream().map(String::valueOf).collect(Collectors.joining(" ")),
          points);
    }
    return new Plot(
        "Validation: " + quality().title(),
        Plot.Axis.linear("updates"),
        Plot.Axis.linear(quality().title()),
        series);
  }
}
