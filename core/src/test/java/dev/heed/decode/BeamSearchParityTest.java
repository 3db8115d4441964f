package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Against a Markov table whose beams were searched, and whose sequences counted out, elsewhere. */
class BeamSearchParityTest {
  private static final SpecialTokens SPECIAL = new SpecialTokens(0, 1);

  private final JsonNode fixture;
  private final double[][] table;
  private final int maxLength;

  BeamSearchParityTest() throws IOException {
    var file = Fixtures.folder("oracle/decoding_beam_search").resolve("beam.json");
    var mapper = new ObjectMapper();
    fixture = mapper.readTree(file.toFile());
    table = mapper.treeToValue(fixture.get("table"), double[][].class);
    maxLength = fixture.get("max_length").asInt();
  }

  private TestStepper stepper(int rows, int beams) {
    return new TestStepper(rows, beams, table.length, TestStepper.markov(table));
  }

  private static DecodeConfig config(int beam, int nBest, double alpha, boolean earlyStop) {
    return new DecodeConfig(beam, nBest, LengthPenalty.GNMT, alpha, 256, 1, 50, 0, earlyStop);
  }

  private static void check(JsonNode expected, List<Hypothesis> found) {
    assertEquals(expected.size(), found.size());
    for (int i = 0; i < found.size(); i++) {
      assertArrayEquals(withoutEnd(expected.get(i).get("tokens")), found.get(i).tokens());
      assertEquals(expected.get(i).get("logp").asDouble(), found.get(i).logProbability(), 1e-9);
      assertEquals(expected.get(i).get("score").asDouble(), found.get(i).score(), 1e-9);
    }
  }

  private static int[] withoutEnd(JsonNode tokens) {
    return IntStream.range(0, tokens.size())
        .map(i -> tokens.get(i).asInt())
        .filter(t -> t != SPECIAL.ends()[0])
        .toArray();
  }

  @TestFactory
  Stream<DynamicTest> beams() {
    return fixture
        .get("runs")
        .valueStream()
        .map(
            run -> {
              int beam = run.get("beam").asInt();
              double alpha = run.get("alpha").asDouble();
              boolean early = run.get("early_stop").asBoolean();
              return DynamicTest.dynamicTest(
                  "beam %d, alpha %s, early stop %s".formatted(beam, alpha, early),
                  () -> {
                    int[] lengths = {maxLength, maxLength};
                    for (var found :
                        BeamSearch.search(
                            stepper(2, beam),
                            SPECIAL,
                            Start.of(lengths),
                            config(beam, beam, alpha, early))) check(run.get("nbest"), found);
                  });
            });
  }

  @Test
  void greedy() {
    var found = Search.search(stepper(1, 1), SPECIAL, new int[] {maxLength}, config(1, 1, 0, true));
    assertArrayEquals(withoutEnd(fixture.get("greedy")), found.get(0).get(0).tokens());
  }

  /** A beam with room for every candidate of every step finds what enumeration finds. */
  @TestFactory
  Stream<DynamicTest> exhaustive() {
    long[] paths = new long[table.length]; // by newest token
    paths[SPECIAL.bos()] = 1;
    long widest = 1;
    for (int step = 1; step <= maxLength; step++) {
      long[] longer = new long[table.length];
      for (int from = 0; from < table.length; from++)
        for (int to = 0; to < table.length; to++)
          if (from != SPECIAL.ends()[0] && table[from][to] > 0) longer[to] += paths[from];
      widest = Math.max(widest, Arrays.stream(longer).sum());
      paths = longer;
    }
    int beam = (int) widest;
    return fixture
        .get("exhaustive")
        .valueStream()
        .map(
            run -> {
              double alpha = run.get("alpha").asDouble();
              return DynamicTest.dynamicTest(
                  "alpha " + alpha + ", beam " + beam,
                  () -> {
                    int n = Math.min(beam, run.get("first").size());
                    int[] lengths = {maxLength};
                    var best =
                        BeamSearch.search(
                            stepper(1, beam),
                            SPECIAL,
                            Start.of(lengths),
                            config(beam, n, alpha, false));
                    check(run.get("first"), best.get(0));
                    var all =
                        BeamSearch.search(
                            stepper(1, beam),
                            SPECIAL,
                            Start.of(lengths),
                            config(beam, beam, alpha, false));
                    assertEquals(Math.min(beam, run.get("count").asInt()), all.get(0).size());
                  });
            });
  }
}
