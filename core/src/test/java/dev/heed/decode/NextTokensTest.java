package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class NextTokensTest {
  private static NextTokens next(Tensor logits, int wanted, int... ends) {
    return new NextTokens(NextTokens.logProbabilities(logits), wanted, ends);
  }

  @Property(tries = 60)
  void areTheFirstOfAFullSort(
      @ForAll @IntRange(min = 1, max = 4) int rows,
      @ForAll @IntRange(min = 2, max = 2000) int vocabulary,
      @ForAll @IntRange(min = 1, max = 20) int wanted,
      @ForAll long seed) {
    double[] logits = new Random(seed).doubles((long) rows * vocabulary, -9, 9).toArray();
    logits[0] = Double.NEGATIVE_INFINITY;
    try (var scope = Scope.open()) {
      var next = next(Tensor.of(logits, rows, vocabulary), wanted, vocabulary - 1);
      assertEquals(Math.min(wanted, vocabulary), next.width());
      for (int row = 0; row < rows; row++) {
        double[] scores =
            ReferenceSearch.logSoftmax(
                Arrays.copyOfRange(logits, row * vocabulary, (row + 1) * vocabulary));
        int[] order =
            IntStream.range(0, vocabulary)
                .boxed()
                .sorted(Comparator.comparingDouble(token -> -scores[token]))
                .mapToInt(token -> token)
                .toArray();
        assertEquals(scores[vocabulary - 1], next.end(row, 0), 1e-9);
        for (int rank = 0; rank < next.width(); rank++) {
          assertEquals(order[rank], next.token(row, rank));
          assertEquals(scores[order[rank]], next.logProbability(row, rank), 1e-9);
        }
      }
    }
  }

  /** Among equal scores any order will do, but none may be named twice or passed over. */
  @Test
  void tiesGiveDistinctTokens() {
    try (var scope = Scope.open()) {
      var next = next(Tensor.of(new float[1000], 1, 1000), 7, 0);
      assertEquals(7, IntStream.range(0, 7).map(rank -> next.token(0, rank)).distinct().count());
    }
  }

  @Test
  void halfPrecisionIsSummedInFull() {
    try (var scope = Scope.open()) {
      var next = next(Tensor.of(new float[4096], 1, 4096).to(Dtype.BFLOAT16), 1, 0);
      assertEquals(-Math.log(4096), next.logProbability(0, 0), 1e-5);
    }
  }

  @Test
  void refusesWhatIsNotANumber() {
    try (var scope = Scope.open()) {
      for (int vocabulary : new int[] {4, 1000}) {
        float[] logits = new float[vocabulary];
        logits[2] = Float.NaN;
        var error =
            assertThrows(UserError.class, () -> next(Tensor.of(logits, 1, vocabulary), 2, 1));
        assertTrue(error.getMessage().contains("NaN"));
      }
    }
  }
}
