package dev.heed.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.OracleCases;
import dev.heed.Parity;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@link BlockSparse} against the reference, and against the dense attention that it leaves out.
 */
@ExtendWith(OneThread.class)
final class BlockSparseTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/efficient_bigbird");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    long[] settings = parity.constant("settings").toLongs(); // s, w
    int size = (int) settings[0];
    int window = (int) settings[1];
    int[] global = ints(parity.constant("global_blocks"));
    Tensor drawn = parity.constant("random_blocks"); // (N, r)
    int blocks = (int) drawn.size(0);
    // The reference knows sets of blocks: those that are seen anyway don't count again.
    Set<Integer> everywhere = Arrays.stream(global).boxed().collect(Collectors.toSet());
    int[][] random =
        IntStream.range(0, blocks)
            .mapToObj(
                block ->
                    Arrays.stream(ints(drawn.select(0, block)))
                        .distinct()
                        .filter(key -> Math.abs(key - block) > window / 2)
                        .filter(key -> !everywhere.contains(key))
                        .toArray())
            .toArray(int[][]::new);
    BlockPlan plan = new BlockPlan(window, global, new int[][][] {random});
    Tensor pairs = plan.counts(Device.CPU).squeeze(0).to(parity.dtype());
    parity
        .out("block_mask", pairs)
        .out("mask", pairs.repeatInterleave(0, size).repeatInterleave(1, size))
        .out(
            "out",
            sparse(size, 1).attend(parity.in("q"), parity.in("k"), parity.in("v"), Mask.NONE, plan))
        .check();
  }

  private static int[] ints(Tensor values) {
    return Arrays.stream(values.toLongs()).mapToInt(Math::toIntExact).toArray();
  }

  private static BlockSparse sparse(int size, int random) {
    return new BlockSparse(size, new RandomBlocks(random, 64, 5), 0);
  }

  private static Tensor normal(long... shape) {
    return Tensor.zeros(Dtype.FLOAT32, Device.CPU, shape).normal_(0, 1, 3);
  }

  /** In training no block is seen twice, and so weights are a distribution. */
  @ParameterizedTest
  @ValueSource(ints = {24, 30, 40})
  void weightsMakeTheOutput(int length) {
    BlockSparse sparse = sparse(2, 2);
    Tensor q = normal(2, 3, length, 4);
    Tensor k = normal(2, 3, length, 4).mul(-0.7).add(q, 0.2);
    Tensor v = normal(2, 3, length, 5);
    Tensor real = Tensor.arange(length, Device.CPU).unsqueeze(0).lt(length - 3); // (1, T)
    Mask mask = Mask.padding(real.expand(2, length));
    Tensor weights = sparse.weights(q, k, mask);
    OracleCases.assertClose(
        "rows", Tensor.full(1, weights.dtype(), Device.CPU, 2, 3, length), weights.sum(3), 0, 1e-5);

    Tensor expected = weights.matmul(v).maskedFill(real.logicalNot().view(1, 1, -1, 1), 0);
    OracleCases.assertClose("output", expected, sparse.attend(q, k, v, mask), 1e-5, 0);
  }

  /** What a query doesn't see may be anything. */
  @Test
  void othersChangeNothing() {
    int length = 64;
    BlockSparse sparse = sparse(4, 1);
    sparse.training(false);
    Tensor q = normal(1, 1, length, 4);
    Tensor v = normal(1, 1, length, 4);
    Tensor first = sparse.attend(q, q, v, Mask.NONE);
    Tensor other = v.copy();
    other.narrow(2, 40, 4).fill_(100); // block 10, seen by 9, 10 and 11
    Tensor second = sparse.attend(q, q, other, Mask.NONE);
    double[] change = second.sub(first).abs().sum(3).toDoubles();
    int[] changed = IntStream.range(0, length).filter(i -> change[i] > 0).toArray();
    int[] seeing =
        IntStream.range(0, length)
            .filter(i -> i < 4 || i >= 60 || Math.abs(i / 4 - 10) <= 1)
            .toArray();
    assertArrayEquals(seeing, changed);
  }

  @Test
  void shortTextsAreExact() {
    Tensor q = normal(2, 1, 9, 4);
    OracleCases.assertClose(
        "output",
        new ScaledDotProduct().attend(q, q, q, Mask.NONE),
        sparse(2, 0).attend(q, q, q, Mask.NONE),
        0,
        0);
    assertEquals(9, BlockSparse.padded(9, 2, 0));
    assertEquals(12, BlockSparse.padded(11, 2, 0));
  }

  @Test
  void refusesWhatItCannotDo() {
    BlockSparse sparse = sparse(4, 0);
    Tensor odd = normal(1, 1, 23, 4);
    assertTrue(
        assertThrows(UserError.class, () -> sparse.attend(odd, odd, odd, Mask.NONE))
            .getMessage()
            .contains("pad it"));
    Tensor even = normal(1, 1, 24, 4);
    assertThrows(
        IllegalArgumentException.class, () -> sparse.attend(even, even, even, Mask.causal()));
    assertThrows(IllegalArgumentException.class, () -> sparse.attend(odd, even, even, Mask.NONE));
  }
}
