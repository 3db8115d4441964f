package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.config.UserError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link Rouge} against the fixture, and what the fixture lacks by hand. */
class RougeTest {
  @Test
  void everyPairAndTheMeansAreTheOracles() throws IOException {
    JsonNode file =
        new ObjectMapper()
            .readTree(Fixtures.folder("oracle/metrics_rouge").resolve("rouge.json").toFile());
    List<String> hypotheses = new ArrayList<>();
    List<String> references = new ArrayList<>();
    for (JsonNode pair : file.get("pairs")) {
      hypotheses.add(pair.get("hypothesis").asText());
      references.add(pair.get("reference").asText());
      Rouge.Pair got =
          Rouge.pair(hypotheses.get(hypotheses.size() - 1), references.get(references.size() - 1));
      assertOverlap(pair, "rouge1", got.rouge1());
      assertOverlap(pair, "rouge2", got.rouge2());
      assertOverlap(pair, "rougeL", got.rougeL());
      // Of texts without line breaks, the summary's measure is the sentence's.
      assertEquals(got.rougeL(), got.rougeLsum());
    }
    assertFalse(hypotheses.isEmpty());
    Rouge.Score mean = Rouge.corpus(hypotheses, List.of(references));
    JsonNode wanted = file.get("mean_f");
    assertEquals(wanted.get("rouge1").asDouble(), mean.rouge1(), 1e-12);
    assertEquals(wanted.get("rouge2").asDouble(), mean.rouge2(), 1e-12);
    assertEquals(wanted.get("rougeL").asDouble(), mean.rougeL(), 1e-12);
  }

  private static void assertOverlap(JsonNode pair, String measure, Overlap got) {
    JsonNode wanted = pair.get(measure);
    assertEquals(wanted.get("precision").asDouble(), got.precision(), 1e-12, pair::toString);
    assertEquals(wanted.get("recall").asDouble(), got.recall(), 1e-12, pair::toString);
    assertEquals(wanted.get("f").asDouble(), got.f1(), 1e-12, pair::toString);
  }

  /** The example of the paper's section 3.2: a union of w1 w2 and w1 w3 w5 over five words. */
  @Test
  void aSummaryTakesTheUnionOverItsLines() {
    Overlap sum = Rouge.pair("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", "w1 w2 w3 w4 w5").rougeLsum();
    assertEquals(4.0 / 5, sum.recall());
    assertEquals(4.0 / 10, sum.precision());
    // a and b cross: both lines leave a.
    assertEquals(new Overlap(1, 4, 3), Rouge.pair("b a\n\na c", "a b\nd").rougeLsum());
  }

  @Test
  void theBestOfSeveralReferencesCounts() {
    Rouge.Score score =
        Rouge.corpus(List.of("a b", "c d"), List.of(List.of("x", "c d"), List.of("a b", "c x")));
    assertEquals(1, score.rouge2());
    assertEquals(1, score.rougeLsum());
    assertEquals(0, Rouge.corpus(List.of("?!"), List.of(List.of("?!"))).rouge1());
    assertThrows(UserError.class, () -> Rouge.corpus(List.of(), List.of(List.of())));
  }
}
