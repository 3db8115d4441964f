package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.model.TextModel.Task;
import dev.heed.task.Answerer.Answer;
import dev.heed.task.Answerer.Question;
import dev.heed.tensor.Device;
import dev.heed.text.Encoding;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
final class AnswererTest {
  private static final String QUESTION = "the goat?";

  @TempDir private static Path dir;
  private static EncoderFolder folder;
  private static Answerer answerer;

  @BeforeAll
  static void load() {
    folder = EncoderFolder.of("bert-qa", dir.resolve("model"));
    answerer = Answerer.load(folder.path(), Device.CPU);
  }

  @AfterAll
  static void close() {
    answerer.close();
  }

  /** Every span of some tokens of a context and its score, by its place; and no answer's. */
  private record Expected(Map<String, Double> spans, double none) {}

  /** By the definition: softmax over the first token and the context, P(start) · P(end). */
  private static Expected window(String context, int from, int to, int longest) {
    int[] question = folder.tokenizer().encode(QUESTION); // [CLS] question [SEP]
    Encoding all = folder.tokenizer().withoutSpecials().encoding(context);
    int sep = question[question.length - 1];
    int[] ids =
        IntStream.concat(
                IntStream.of(question),
                IntStream.concat(
                    IntStream.range(from, to).map(i -> all.ids()[i]), IntStream.of(sep)))
            .toArray();
    int[] segments = IntStream.range(0, ids.length).map(i -> i < question.length ? 0 : 1).toArray();
    float[] logits = folder.direct(ids, segments, Optional.of(Task.SPAN));
    double[][] p = new double[2][];
    for (int which = 0; which < 2; which++) {
      int w = which;
      double[] e =
          IntStream.concat(
                  IntStream.of(0), IntStream.range(question.length, question.length + to - from))
              .mapToDouble(t -> Math.exp(logits[2 * t + w]))
              .toArray();
      double sum = 0;
      for (double one : e) sum += one;
      for (int i = 0; i < e.length; i++) e[i] /= sum;
      p[which] = e;
    }
    Map<String, Double> spans = new HashMap<>();
    for (int i = from; i < to; i++)
      for (int j = i; j < Math.min(i + longest, to); j++)
        spans.put(
            all.spans().get(i).start() + "-" + all.spans().get(j).end(),
            p[0][1 + i - from] * p[1][1 + j - from]);
    return new Expected(spans, p[0][0] * p[1][0]);
  }

  private static void assertAnswers(
      String context, Map<String, Double> expected, List<Answer> answers) {
    List<Double> best = expected.values().stream().sorted((a, b) -> Double.compare(b, a)).toList();
    for (int i = 0; i < answers.size(); i++) {
      Answer answer = answers.get(i);
      assertEquals(best.get(i), answer.score(), 1e-5);
      if (answer.text().isEmpty()) continue;
      assertEquals(expected.get(answer.start() + "-" + answer.end()), answer.score(), 1e-5);
      assertEquals(context.substring(answer.start(), answer.end()), answer.text());
    }
  }

  private static List<Answer> answers(String context, Answerer.Options options) {
    return answerer
        .with(options)
        .answer(List.of(new Question("no", "rain"), new Question(QUESTION, context)), 1, d -> {})
        .get(1);
  }

  @Test
  void aShortContextIsOneWindow() {
    String context = "ten old stones in the rain";
    int tokens = folder.tokenizer().withoutSpecials().encode(context).length;
    Expected expected = window(context, 0, tokens, 3);
    List<Answer> three = answers(context, new Answerer.Options(3, false, 3, 384, 128, 8));
    assertEquals(3, three.size());
    assertAnswers(context, expected.spans(), three);
    Map<String, Double> withNone = new HashMap<>(expected.spans());
    withNone.put("none", expected.none());
    List<Answer> all = answers(context, new Answerer.Options(1000, true, 3, 384, 128, 8));
    assertAnswers(context, withNone, all);
    assertEquals(withNone.size(), all.size());
    assertEquals(1, all.stream().filter(answer -> answer.text().isEmpty()).count());
    assertEquals(
        window(context, 0, tokens, 15).spans().values().stream().max(Double::compare).orElseThrow(),
        answerer.answer(QUESTION, context).score(),
        1e-5);
  }

  @Test
  void aLongContextIsReadInWindowsThatOverlap() {
    String context = "ten old stones in the rain and sand on a red road ".repeat(3).strip();
    int tokens = folder.tokenizer().withoutSpecials().encode(context).length;
    int beside = folder.tokenizer().encode(QUESTION).length + 1;
    int room = folder.positions() - beside;
    assertTrue(tokens > room, "the context is long");
    int overlap = 4;
    Map<String, Double> expected = new HashMap<>();
    double none = 1;
    for (int from = 0; ; from += room - overlap) {
      int to = Math.min(from + room, tokens);
      Expected one = window(context, from, to, 4);
      one.spans().forEach((place, score) -> expected.merge(place, score, Math::max));
      none = Math.min(none, one.none());
      if (to == tokens) break;
    }
    expected.put("none", none);
    List<Answer> answers =
        answers(context, new Answerer.Options(10_000, true, 4, 10_000, overlap, 2));
    assertEquals(expected.size(), answers.size());
    assertAnswers(context, expected, answers);
  }

  @Test
  void anEmptyContextHasNoAnswer() {
    assertEquals("", answerer.answer(QUESTION, "").text());
  }

  @Test
  void aQuestionThatIsTooLongIsNamed() {
    String question = folder.text(folder.positions());
    List<Question> asked = List.of(new Question("no", "rain"), new Question(question, "rain"));
    String sentence =
        assertThrows(UserError.class, () -> answerer.answer(asked, 5, done -> {})).getMessage();
    assertTrue(sentence.startsWith("question 6 has ") && sentence.contains("no room"), sentence);
  }
}
