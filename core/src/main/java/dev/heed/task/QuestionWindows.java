package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.task.Answerer.Answer;
import dev.heed.task.Answerer.Options;
import dev.heed.task.Answerer.Question;
import dev.heed.text.Encoding;
import dev.heed.text.Encoding.Span;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Questions with their contexts as windows that a model can read, and the answers that its scores
 * of the windows make.
 */
public final class QuestionWindows {
  /**
   * Some of a context's tokens, with the question beside them.
   *
   * @param question which, from 0
   * @param first the row's first token of the context
   * @param places where the tokens of the context stand in it
   */
  public record Window(int question, Row row, int first, List<Span> places) {}

  private final List<Question> questions;
  private final Options options;
  private final List<Window> windows;

  private QuestionWindows(List<Question> questions, Options options, List<Window> windows) {
    this.questions = questions;
    this.options = options;
    this.windows = windows;
  }

  /**
   * @param positions tokens that the model takes at most
   * @param first the number of the first question, for messages
   * @throws UserError if a question leaves no room for its context
   */
  public static QuestionWindows of(
      Tokenizer tokenizer, List<Question> questions, Options options, int positions, long first) {
    int most = Math.min(options.window(), positions);
    Fitting fitting = new Fitting(tokenizer, most, TooLong.CUT, first);
    List<Window> windows = new ArrayList<>();
    for (int i = 0; i < questions.size(); i++)
      cut(i, questions.get(i), fitting, options.overlap(), windows);
    return new QuestionWindows(questions, options, List.copyOf(windows));
  }

  private static void cut(
      int number, Question asked, Fitting fitting, int overlap, List<Window> windows) {
    Encoding encoding = fitting.tokenizer().encoding(asked.question(), asked.context());
    Fitting.Place[] texts = fitting.places(encoding, asked.question(), asked.context());
    List<Fitting.Window> parts = fitting.windows(encoding, texts[1], overlap);
    if (parts.isEmpty())
      throw new UserError(
          "question %d has %d tokens, which leaves no room for its context among %d: shorten it"
              .formatted(fitting.first() + number, texts[0].length(), fitting.most()));
    for (Fitting.Window part : parts)
      windows.add(
          new Window(
              number,
              Row.of(encoding, part.kept()),
              texts[1].start(),
              encoding.spans().subList(part.from(), part.to())));
  }

  /** Those of the first question, those of the second, and so on. */
  public List<Window> windows() {
    return windows;
  }

  /**
   * The answers to each question, best first; no answer where a context is empty.
   *
   * @param scores of each window, (T, 2): how much speaks for a start at each token, and for an end
   */
  public List<List<Answer>> answers(List<float[]> scores) {
    List<Map<Span, Double>> found = new ArrayList<>(); // by place: windows overlap
    double[] none = new double[questions.size()];
    for (int i = 0; i < questions.size(); i++) {
      found.add(new LinkedHashMap<>());
      none[i] = 1;
    }
    for (int i = 0; i < windows.size(); i++) {
      Window window = windows.get(i);
      int first = window.first();
      List<Span> places = window.places();
      Spans spans =
          Spans.of(scores.get(i), first, first + places.size(), options.longest(), options.nBest());
      none[window.question()] = Math.min(none[window.question()], spans.none());
      for (Spans.Span span : spans.best())
        found
            .get(window.question())
            .merge(
                new Span(
                    places.get(span.first() - first).start(),
                    places.get(span.last() - first).end()),
                span.score(),
                Math::max);
    }
    return IntStream.range(0, questions.size())
        .mapToObj(i -> best(questions.get(i).context(), found.get(i), none[i]))
        .toList();
  }

  private List<Answer> best(String context, Map<Span, Double> found, double none) {
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
}
