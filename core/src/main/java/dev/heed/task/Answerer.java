package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

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
    var windows =
        QuestionWindows.of(model.tokenizer(), questions, options, model.positions(), first);
    List<Row> rows = windows.windows().stream().map(QuestionWindows.Window::row).toList();
    List<float[]> scores = model.run(rows, options.batch(), this::scores, read -> {});
    done.accept(questions.size());
    return windows.answers(scores);
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
