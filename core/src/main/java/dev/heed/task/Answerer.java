package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import dev.heed.text.Encoding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Finds the answer to a question in a text, its context.
 *
 * <pre>{@code
 * try (Answerer answerer = Answerer.load(Path.of("models/squad"))) {
 *   String answer = answerer.answer("Who wrote it?", "Ada wrote it in 1843.").text();
 * }
 * }</pre>
 *
 * <p>A long context is read in windows that overlap, and the likeliest answers of all windows are
 * told, as transformers' pipeline did it: a probability is one within its window.
 *
 * <p>Safe for use by many threads: the model runs on one thread of its own.
 */
public final class Answerer implements AutoCloseable {
  private final EncoderModel model;
  private final Options options;

  /**
   * @param nBest answers told, best first
   * @param noAnswer whether no answer, an empty text, is an answer too
   * @param longest tokens of an answer at most
   * @param window tokens read at a time, the question's included; the model's own limit holds too
   * @param overlap tokens of a context that two windows share; at most half of a window's
   * @param batch windows at a time
   */
  public record Options(
      int nBest, boolean noAnswer, int longest, int window, int overlap, int batch) {
    public static final Options DEFAULT = new Options(1, false, 15, 384, 128, Batches.DEFAULT);

    /**
     * @throws UserError if a number is too small
     */
    public Options {
      if (nBest < 1) throw new UserError("n-best must be at least 1, not " + nBest);
      if (longest < 1) throw new UserError("an answer must have at least 1 token, not " + longest);
      if (window < 1 || overlap < 0)
        throw new UserError(
            "windows of %d tokens that share %d are impossible".formatted(window, overlap));
      Batches.check(batch);
    }
  }

  /**
   * A part of a context, {@code context.substring(start, end)}, in Java chars; empty for no answer.
   */
  public record Answer(String text, double score, int start, int end) {}

  public record Question(String question, String context) {}

  /** Some of a context's tokens, with the question before them. */
  @SuppressWarnings("ArrayRecordComponent") // compared by no one
  private record Window(int text, int[] kept, int from, int to) {}

  private Answerer(EncoderModel model, Options options) {
    this.model = model;
    this.options = options;
  }

  /** Loads a folder onto the best device. */
  public static Answerer load(Path folder) {
    return load(folder, Device.of("auto"));
  }

  /**
   * Loads a folder in Hugging Face's layout, with {@link Options#DEFAULT}.
   *
   * @throws UserError if a file is missing or broken, or the model finds no answers
   */
  public static Answerer load(Path folder, Device device) {
    return new Answerer(
        EncoderModel.load(folder, "answerer", Optional.of(Task.SPAN), device), Options.DEFAULT);
  }

  /** The same model on the same thread, used otherwise; closing either closes both. */
  public Answerer with(Options options) {
    return new Answerer(model, options);
  }

  public Options options() {
    return options;
  }

  /** The best answer. */
  public Answer answer(String question, String context) {
    return answer(List.of(new Question(question, context)), 1, done -> {}).get(0).get(0);
  }

  /**
   * The answers to questions, in order, best first; no answer where a context is empty.
   *
   * @param first the number of the first, for messages
   * @param done is told how many questions more are done
   * @throws UserError if a question leaves no room for its context
   * @throws IllegalStateException if this answerer is closed
   */
  public List<List<Answer>> answer(List<Question> questions, long first, IntConsumer done) {
    List<Encoding> encodings = new ArrayList<>();
    List<Window> windows = new ArrayList<>();
    for (Question asked : questions) {
      encodings.add(model.tokenizer().encoding(asked.question(), asked.context()));
      windows.addAll(windows(encodings, asked, first));
    }
    List<Row> rows = windows.stream().map(w -> Row.of(encodings.get(w.text()), w.kept())).toList();
    List<float[]> scores = model.run(rows, options.batch(), this::scores, read -> {});

    List<Map<Encoding.Span, Double>> found = new ArrayList<>(); // by place: windows overlap
    double[] none = new double[questions.size()];
    for (int i = 0; i < questions.size(); i++) {
      found.add(new LinkedHashMap<>());
      none[i] = 1;
    }
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      Encoding encoding = encodings.get(window.text());
      var spans =
          Spans.of(scores.get(i), window.from(), window.to(), options.longest(), options.nBest());
      none[window.text()] = Math.min(none[window.text()], spans.none());
      for (Spans.Span span : spans.best())
        found
            .get(window.text())
            .merge(
                new Encoding.Span(
                    encoding.spans().get(window.kept()[span.first()]).start(),
                    encoding.spans().get(window.kept()[span.last()]).end()),
                span.score(),
                Math::max);
    }
    done.accept(questions.size());
    return IntStream.range(0, questions.size())
        .mapToObj(i -> best(questions.get(i).context(), found.get(i), none[i]))
        .toList();
  }

  private List<Answer> best(String context, Map<Encoding.Span, Double> found, double none) {
    List<Answer> answers = new ArrayList<>();
    found.forEach(
        (place, score) ->
            answers.add(
                new Answer(
                    context.substring(place.start(), place.end()),
                    score,
                    place.start(),
                    place.end())));
    if (options.noAnswer() || answers.isEmpty()) answers.add(new Answer("", none, 0, 0));
    answers.sort(Comparator.comparingDouble(Answer::score).reversed());
    return List.copyOf(answers.subList(0, Math.min(options.nBest(), answers.size())));
  }

  /** The windows on the context of the last encoding. */
  private List<Window> windows(List<Encoding> encodings, Question asked, long first) {
    int text = encodings.size() - 1;
    Encoding encoding = encodings.get(text);
    int most = Math.min(options.window(), model.positions());
    var places =
        new Fitting(model.tokenizer(), most, TooLong.CUT, first)
            .places(encoding, asked.question(), asked.context());
    Fitting.Place context = places[1];
    int beside = encoding.size() - context.length();
    int room = most - beside;
    if (room < 1)
      throw new UserError(
          "question %d has %d tokens, which leaves no room for its context among %d: shorten it"
              .formatted(first + text, places[0].length(), most));
    int step = room - Math.min(options.overlap(), room / 2);
    List<Window> windows = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(from + room, context.length());
      int start = context.start() + from;
      int end = context.start() + to;
      int[] kept =
          IntStream.range(0, encoding.size())
              .filter(t -> t < context.start() || t >= context.end() || (t >= start && t < end))
              .toArray();
      windows.add(new Window(text, kept, context.start(), context.start() + to - from));
      if (to == context.length()) break;
      from += step;
    } while (true);
    return windows;
  }

  /** A row's T · 2 scores. */
  private List<float[]> scores(Tensor hidden, List<Row> rows) {
    Tensor scores = model.model().answer(Task.SPAN, hidden); // (B, T, 2)
    List<float[]> each = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) each.add(scores.select(0, i).toFloats());
    return each;
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    model.close();
  }
}
