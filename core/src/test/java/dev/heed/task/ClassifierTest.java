package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.Pair;
import dev.heed.model.TextModel.Task;
import dev.heed.task.Classifier.Scores;
import dev.heed.tensor.Device;
import dev.heed.text.Encoding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
final class ClassifierTest {
  @TempDir private static Path dir;
  private static EncoderFolder folder;
  private static Classifier classifier;

  @BeforeAll
  static void load() {
    folder = EncoderFolder.of("bert-cls", dir.resolve("model"));
    classifier = Classifier.load(folder.path(), Device.CPU);
  }

  @AfterAll
  static void close() {
    classifier.close();
  }

  private static Classifier with(Scores scores, int nBest, double least, TooLong tooLong) {
    return classifier.with(new Classifier.Options(scores, nBest, least, tooLong, 3));
  }

  /** The labels' scores as {@code told} must have them. */
  private static void assertScores(float[] logits, Scores scores, Classifier.Classes told) {
    double sum = 0;
    for (float logit : logits) sum += Math.exp(logit);
    assertEquals(logits.length, told.labels().size());
    double before = Double.POSITIVE_INFINITY;
    for (Classifier.Scored one : told.labels()) {
      float logit = logits[classifier.labels().indexOf(one.label())];
      double expected =
          switch (scores) {
            case SOFTMAX -> Math.exp(logit) / sum;
            case SIGMOID -> 1 / (1 + Math.exp(-logit));
            case NONE -> logit;
          };
      assertEquals(expected, one.score(), 1e-5);
      assertTrue(one.score() <= before, told.toString());
      before = one.score();
    }
  }

  @Test
  void scoresAreThoseOfEachTextAlone() {
    List<Integer> done = new ArrayList<>();
    for (Scores scores : Scores.values()) {
      Classifier all = with(scores, 100, -1e9, TooLong.FAIL);
      var told = all.classify(EncoderFolder.TEXTS, 1, done::add);
      for (int i = 0; i < told.size(); i++)
        assertScores(
            folder.direct(EncoderFolder.TEXTS.get(i), Optional.of(Task.SEQUENCE)),
            scores,
            told.get(i));
    }
    assertEquals(3 * EncoderFolder.TEXTS.size(), done.stream().mapToInt(i -> i).sum());
  }

  @Test
  void pairsHaveTwoSegments() {
    var told =
        with(Scores.SOFTMAX, 100, 0, TooLong.FAIL)
            .classifyPairs(
                List.of(new Pair("the goat", "a red inn"), new Pair("rain", "")), 1, done -> {});
    Encoding first = folder.tokenizer().encoding("the goat", "a red inn");
    assertTrue(IntStream.of(first.typeIds()).anyMatch(segment -> segment == 1));
    assertScores(
        folder.direct(first.ids(), first.typeIds(), Optional.of(Task.SEQUENCE)),
        Scores.SOFTMAX,
        told.get(0));
    assertEquals(
        told.get(0).labels().get(0).label(), classifier.classify("the goat", "a red inn").label());
  }

  @Test
  void ofAPairThatIsTooLongTheLongerTextIsCut() {
    String text = folder.text(folder.positions());
    assertThrows(UserError.class, () -> classifier.classify("rain", text));
    int[] rain = folder.tokenizer().withoutSpecials().encode("rain");
    // [CLS] rain [SEP] … [SEP]
    String fitting = folder.text(folder.positions() - 3 - rain.length);
    Encoding fits = folder.tokenizer().encoding("rain", fitting);
    assertEquals(folder.positions(), fits.size());
    float[] logits = folder.direct(fits.ids(), fits.typeIds(), Optional.of(Task.SEQUENCE));
    Classifier cutting = with(Scores.SOFTMAX, 100, 0, TooLong.CUT);
    var told = cutting.classifyPairs(List.of(new Pair("rain", text)), 1, done -> {}).get(0);
    assertScores(logits, Scores.SOFTMAX, told);
    assertTrue(told.cut());

    int half = (folder.positions() - 3) / 2;
    Encoding both =
        folder.tokenizer().encoding(folder.text(folder.positions() - 3 - half), folder.text(half));
    var even = cutting.classifyPairs(List.of(new Pair(text + "!", text)), 1, done -> {}).get(0);
    assertScores(
        folder.direct(both.ids(), both.typeIds(), Optional.of(Task.SEQUENCE)),
        Scores.SOFTMAX,
        even);
  }

  @Test
  void fewerLabelsOnRequest() {
    assertEquals(1, classifier.classify(List.of("rain"), 1, done -> {}).get(0).labels().size());
    var none = with(Scores.SIGMOID, 100, 2, TooLong.FAIL);
    assertEquals(List.of(), none.classify(List.of("rain"), 1, done -> {}).get(0).labels());
    assertThrows(UserError.class, () -> with(Scores.SOFTMAX, 0, 0, TooLong.FAIL));
  }

  @Test
  void theConfigSaysWhatScoresAre() {
    for (var kind :
        List.of(
            List.of("regression", Scores.NONE),
            List.of("multi_label_classification", Scores.SIGMOID),
            List.of("single_label_classification", Scores.SOFTMAX))) {
      Path path = dir.resolve(kind.get(0).toString());
      EncoderFolder.of("bert-cls", path, c -> c.put("problem_type", kind.get(0).toString()));
      try (Classifier loaded = Classifier.load(path, Device.CPU)) {
        assertEquals(kind.get(1), loaded.options().scores());
      }
    }
  }

  @Test
  void labelsThatDoNotFit() {
    Path gap = dir.resolve("gap");
    EncoderFolder.of("bert-cls", gap, c -> c.withObject("/id2label").put("x", "y").remove("0"));
    String sentence =
        assertThrows(UserError.class, () -> Classifier.load(gap, Device.CPU)).getMessage();
    assertTrue(sentence.contains("id2label") && sentence.contains("lacks 0"), sentence);
  }

  @Test
  void aModelWithoutTheHeadNamesThoseThatHaveIt() {
    Path tagger = EncoderFolder.of("bert-ner", dir.resolve("ner")).path();
    String sentence =
        assertThrows(UserError.class, () -> Classifier.load(tagger, Device.CPU)).getMessage();
    assertTrue(
        sentence.contains("BertForTokenClassification, which lacks the head")
            && sentence.contains("BertForSequenceClassification")
            && !sentence.contains("BertForQuestionAnswering"),
        sentence);
  }
}
