package dev.heed.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.Parity;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.inspect.HeadArithmetic.Maps;
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.StringReader;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xml.sax.InputSource;

final class HeadArithmeticTest {
  private static final List<String> WORDS = List.of("the", "cat", "sat");

  static Stream<Parity> example() {
    return Parity.of("oracle/attention_worked_example");
  }

  @ParameterizedTest
  @MethodSource("example")
  void equalsTheWorkedExample(Parity parity) {
    double[][] embeddings = HeadArithmetic.rows(parity.in("E"));
    List<String> tokens = IntStream.range(0, embeddings.length).mapToObj(i -> "token" + i).toList();
    HeadArithmetic head =
        HeadArithmetic.of(
            "the worked example",
            tokens,
            embeddings,
            false,
            Maps.identity(embeddings[0].length),
            false);
    Dtype dtype = parity.in("E").dtype();
    parity
        .out("raw", tensor(head.scores()).to(dtype))
        .out("scaled", tensor(head.scaled()).to(dtype))
        .out("weights", tensor(head.weights()).to(dtype))
        .out("output", tensor(head.output()).to(dtype))
        .check();
  }

  private static Tensor tensor(double[][] rows) {
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    return Tensor.of(flat, rows.length, rows[0].length);
  }

  @Test
  void teachesWithNumbersThatCanBeCheckedInTheHead() {
    HeadArithmetic head = HeadArithmetic.teaching(WORDS, false, false);
    assertArrayEquals(new double[][] {{2, 0, 2}, {0, 2, 2}, {2, 2, 4}}, head.scores());
    assertArrayEquals(new double[][] {{1, 0, 1}, {0, 1, 1}, {1, 1, 2}}, head.scaled());
    String text = HeadText.of(head, false);
    assertTrue(text.contains("softmax(6, 4) = (0.88, 0.12)"), text);
    assertTrue(text.contains("exp(6) / Σ = 403.43 / (403.43 + 54.60) = 0.88"), text);
    assertTrue(text.contains("the    2    0    2"), text);
    assertTrue(text.contains("cat  0.16  0.42  0.42"), text);
    assertFalse(text.contains("\033"), "colours where none are asked for");
  }

  @Test
  void aCausalHeadGivesLaterTokensNoWeight() {
    HeadArithmetic head = HeadArithmetic.teaching(WORDS, false, true);
    assertArrayEquals(new double[] {1, 0, 0}, head.weights()[0]);
    assertEquals(0, head.weights()[1][2]);
    assertEquals(1, Arrays.stream(head.weights()[2]).sum(), 1e-12);
    assertTrue(HeadText.of(head, false).contains("cat    0    1   −∞"), HeadText.of(head, false));
  }

  @Test
  void positionsAreAddedBeforeTheMaps() {
    HeadArithmetic head = HeadArithmetic.teaching(WORDS, true, false);
    double[][] waves =
        HeadArithmetic.rows(Sinusoidal.table(3, 4, Sinusoidal.Order.INTERLEAVED, Device.CPU));
    for (int i = 0; i < 3; i++)
      for (int j = 0; j < 4; j++)
        assertEquals(head.embeddings()[i][j] + waves[i][j], head.q()[i][j], 1e-12);
  }

  @Test
  void oneSeedDrawsOneHeadAndOneWordHasOneEmbedding() {
    List<String> words = List.of("to", "be", "or", "not", "to", "be");
    HeadArithmetic head = HeadArithmetic.drawn(words, 6, 3, false, false);
    assertArrayEquals(head.embeddings()[0], head.embeddings()[4]);
    assertArrayEquals(head.output(), HeadArithmetic.drawn(words, 6, 3, false, false).output());
    assertFalse(
        Arrays.deepEquals(head.output(), HeadArithmetic.drawn(words, 6, 4, false, false).output()));
    assertThrows(
        IllegalArgumentException.class, () -> HeadArithmetic.teaching(words, false, false));
  }

  @Test
  void thePageIsWellFormedAndNeedsNothingElse() throws Exception {
    HeadArithmetic head =
        HeadArithmetic.drawn(List.of("<b>", "&", "100%", "it's"), 4, 1, true, true);
    String page = HeadHtml.of(head);
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(
                new InputSource(
                    new StringReader(
                        page.replace("<!DOCTYPE html>", "").replaceAll("<meta [^>]*>", ""))));
    assertEquals(9, document.getElementsByTagName("section").getLength());
    assertFalse(page.matches("(?s).*(src=|href=|url\\(|@import|<script).*"), page);
    assertTrue(page.contains("prefers-color-scheme: dark"), page);
  }

  /** The weights are compared with the model's own on the way. */
  @Test
  void tellsOfAHeadOfAModel() {
    HeadArithmetic bert = ofModel("hf/bert-mlm", 1, 1);
    assertFalse(bert.causal());
    assertTrue(bert.maps().isEmpty());
    HeadArithmetic gpt2 = ofModel("hf/gpt2", 0, 1);
    assertTrue(gpt2.causal());
    assertEquals(0, gpt2.weights()[0][1]);
    assertEquals(1, Arrays.stream(gpt2.weights()[0]).sum(), 1e-12);
    HeadArithmetic shared = ofModel("hf/llama", 0, 3);
    assertEquals(shared.q()[0].length, shared.k()[0].length);
    var biased = assertThrows(UserError.class, () -> ofModel("hf/t5-v1.1", 0, 0));
    assertTrue(biased.getMessage().contains("attends in another way"), biased.getMessage());
    var unknown = assertThrows(UserError.class, () -> ofModel("hf/bert-mlm", 0, 99));
    assertTrue(unknown.getMessage().startsWith("head must be from 0 to"), unknown.getMessage());
  }

  private static HeadArithmetic ofModel(String fixture, int layer, int head) {
    try (Scope scope = Scope.open()) {
      Checkpoint checkpoint = Checkpoint.load(Fixtures.folder(fixture), Device.CPU);
      Tensor ids = Tensor.of(new int[] {5, 7, 6}, 1, 3);
      return ModelHead.of(checkpoint.model(), fixture, ids, WORDS, layer, head);
    }
  }
}
