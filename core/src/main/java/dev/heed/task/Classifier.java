package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import dev.heed.data.Pair;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import dev.heed.text.Encoding;
import dev.heed.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Tells the class of a text, or of a pair of texts such as a premise and a hypothesis.
 *
 * <pre>{@code
 * try (Classifier classifier = Classifier.load(Path.of("models/sst2"))) {
 *   String label = classifier.classify("What a film!").label();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class Classifier implements AutoCloseable {
  private final EncoderModel model;
  private final List<String> labels;
  private final Options options;

  /** What the model's scores become. */
  public enum Scores {
    /** Probabilities of classes of which one holds. */
    SOFTMAX,
    /** Probabilities of classes that hold or don't, each for itself. */
    SIGMOID,
    /** They stay: a regression. */
    NONE
  }

  /**
   * @param nBest labels of a text at most, best first
   * @param atLeast labels with a lower score are left out
   * @param batch texts at a time
   */
  public record Options(Scores scores, int nBest, double atLeast, TooLong tooLong, int batch) {
    /**
     * @throws UserError if {@code nBest} or {@code batch} is below 1
     */
    public Options {
      if (nBest < 1) throw new UserError("n-best must be at least 1, not " + nBest);
      Batches.check(batch);
    }

    /** What is told to begin with: the best label, scored as {@code problem_type} says. */
    static Options of(JsonNode config, List<String> labels) {
      Scores scores =
          switch (config.path("problem_type").asText()) {
            case "regression" -> Scores.NONE;
            case "multi_label_classification" -> Scores.SIGMOID;
            default -> labels.size() == 1 ? Scores.SIGMOID : Scores.SOFTMAX;
          };
      double any = Double.NEGATIVE_INFINITY;
      return new Options(scores, 1, any, TooLong.FAIL, Batches.DEFAULT);
    }

    /** The best labels by what a model gives for them from {@code from} on. */
    List<Scored> best(List<String> labels, float[] given, int from) {
      int count = labels.size();
      double[] values = new double[count];
      for (int i = 0; i < count; i++)
        values[i] =
            scores == Scores.SIGMOID ? 1 / (1 + Math.exp(-given[from + i])) : given[from + i];
      double[] told = scores == Scores.SOFTMAX ? Softmax.of(given, from, count) : values;
      return IntStream.range(0, count)
          .mapToObj(i -> new Scored(labels.get(i), told[i]))
          .filter(one -> one.score() >= atLeast)
          .sorted(Comparator.comparingDouble(Scored::score).reversed())
          .limit(nBest)
          .toList();
    }
  }

  /** A class and how sure the model is of it. */
  public record Scored(String label, double score) {}

  /**
   * What a text is.
   *
   * @param labels best first
   * @param cut whether tokens were left out
   */
  public record Classes(List<Scored> labels, boolean cut) {}

  private Classifier(EncoderModel model, List<String> labels, Options options) {
    this.model = model;
    this.labels = labels;
    this.options = options;
  }

  /** Loads a folder onto the best device. */
  public static Classifier load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout. Scores are as config.json's {@code problem_type} says;
   * where it says nothing, probabilities of which one holds, or of the only class. The best label
   * is told, and too long a text fails.
   *
   * @throws UserError if a file is missing or broken, or the model doesn't classify texts
   */
  public static Classifier load(Path folder, Device device) {
    EncoderModel model =
        EncoderModel.load(folder, "classifier", Optional.of(Task.SEQUENCE), device);
    List<String> labels =
        EncoderModel.closing(model, () -> Labels.of(model.config(), model.folder()).names());
    return new Classifier(model, labels, Options.of(model.config(), labels));
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public Classifier with(Options options) {
    return new Classifier(model, labels, options);
  }

  public Options options() {
    return options;
  }

  /** The classes' names, in the model's order. */
  public List<String> labels() {
    return labels;
  }

  /** The best label of a text. */
  public Scored classify(String text) {
    return best(classify(List.of(text), 1, done -> {}).get(0));
  }

  /** The best label of a pair of texts. */
  public Scored classify(String first, String second) {
    return best(classifyPairs(List.of(new Pair(first, second)), 1, done -> {}).get(0));
  }

  static Scored best(Classes classes) {
    return classes.labels().stream()
        .findFirst()
        .orElseThrow(() -> new UserError("no label has the least score: ask for a lower one"));
  }

  /**
   * The labels of texts, in order.
   *
   * @param first the number of the first, for messages
   * @param done is told how many texts more are done, on the model's thread
   * @throws UserError if a text has too many tokens and may not be cut
   * @throws IllegalStateException if this classifier is closed
   */
  public List<Classes> classify(List<String> texts, long first, IntConsumer done) {
    Tokenizer tokenizer = model.tokenizer();
    Fitting fitting = fitting(first);
    List<Row> rows = new ArrayList<>();
    for (String text : texts) {
      Encoding encoding = tokenizer.encoding(text);
      rows.add(Row.of(encoding, fitting.kept(rows.size(), text, encoding)));
    }
    return model.run(rows, options.batch(), this::classes, done);
  }

  /** As above, of pairs: what the pair's source is to its target. */
  public List<Classes> classifyPairs(List<Pair> pairs, long first, IntConsumer done) {
    Tokenizer tokenizer = model.tokenizer();
    Fitting fitting = fitting(first);
    List<Row> rows = new ArrayList<>();
    for (Pair pair : pairs) {
      Encoding encoding = tokenizer.encoding(pair.source(), pair.target());
      rows.add(Row.of(encoding, fitting.kept(rows.size(), pair.source(), pair.target(), encoding)));
    }
    return model.run(rows, options.batch(), this::classes, done);
  }

  private Fitting fitting(long first) {
    return new Fitting(model.tokenizer(), model.positions(), options.tooLong(), first);
  }

  private List<Classes> classes(Tensor hidden, List<Row> rows) {
    float[] scores = model.model().answer(Task.SEQUENCE, hidden).toFloats(); // (B, L)
    return IntStream.range(0, rows.size())
        .mapToObj(
            i -> new Classes(options.best(labels, scores, i * labels.size()), rows.get(i).cut()))
        .toList();
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    model.close();
  }
}
