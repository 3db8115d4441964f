package dev.heed.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fixed patterns against the reference, which masks a dense product. */
final class PatternTest {
  static Stream<Parity> local() {
    return Parity.of("oracle/efficient_local_attention");
  }

  @ParameterizedTest
  @MethodSource("local")
  void localEqualsTheReference(Parity parity) {
    String name = parity.name();
    Local.Shape shape =
        name.contains("lookback")
            ? Local.Shape.LOOKBACK
            : name.contains("window") ? Local.Shape.WINDOW : Local.Shape.BLOCK;
    Pattern kernel = new Local(new Local.Options(shape, parity.setting("w")));
    check(parity, kernel, name.startsWith("causal"));
  }

  static Stream<Parity> longformer() {
    return Parity.of("oracle/efficient_longformer");
  }

  @ParameterizedTest
  @MethodSource("longformer")
  void longformerEqualsTheReference(Parity parity) {
    long[] settings = parity.constant("settings").toLongs(); // w, D, causal
    List<Integer> globals =
        Arrays.stream(parity.constant("global_positions").toLongs())
            .mapToObj(Math::toIntExact)
            .toList();
    Pattern kernel =
        new GlobalWindow(
            new GlobalWindow.Options((int) settings[0], (int) settings[1], 0), globals);
    if (!parity.has("qg")) {
      check(parity, kernel, settings[2] != 0);
      return;
    }
    Tensor out = kernel.attend(parity.in("q"), parity.in("k"), parity.in("v"), Mask.NONE);
    Tensor own =
        kernel.withGlobals(out, parity.in("qg"), parity.in("kg"), parity.in("vg"), Mask.NONE);
    parity.out("mask", mask(parity, kernel, false)).out("out", own).check();
  }

  static Stream<Parity> bigBird() {
    return Parity.of("oracle/efficient_bigbird");
  }

  @ParameterizedTest
  @MethodSource("bigBird")
  void bigBirdEqualsTheReference(Parity parity) {
    long[] settings = parity.constant("settings").toLongs(); // s, w
    int[] globals =
        Arrays.stream(parity.constant("global_blocks").toLongs())
            .mapToInt(Math::toIntExact)
            .toArray();
    Tensor random = parity.constant("random_blocks"); // (N, r)
    int size = (int) settings[0];
    Pattern kernel =
        new BigBirdPattern(
            size,
            (int) settings[1] / 2,
            globals,
            block ->
                Arrays.stream(random.select(0, block).toLongs())
                    .mapToInt(Math::toIntExact)
                    .toArray());
    Tensor mask = mask(parity, kernel, false); // (N·s, N·s)
    Tensor places = Tensor.arange(random.size(0), mask.device());
    Tensor firsts = places.mul(Tensor.of(new long[] {size}, 1)); // of blocks
    parity
        .out("block_mask", mask.indexSelect(0, firsts).indexSelect(1, firsts))
        .out("mask", mask)
        .out("out", kernel.attend(parity.in("q"), parity.in("k"), parity.in("v"), Mask.NONE))
        .check();
  }

  /** Random blocks are others than a token sees anyway, as many as asked, and fixed by the seed. */
  @Test
  void bigBirdDrawsBlocks() {
    for (boolean causal : new boolean[] {false, true}) {
      BigBirdPattern.Options options = new BigBirdPattern.Options(2, 3, 1, 2, 5);
      BigBirdPattern pattern = new BigBirdPattern(options, causal);
      BigBirdPattern again = new BigBirdPattern(options, causal);
      BigBirdPattern other = new BigBirdPattern(new BigBirdPattern.Options(2, 3, 1, 2, 6), causal);
      int differ = 0;
      for (int block = 1; block < 30; block++) {
        int seen = 0;
        for (int key = 0; key < 200; key++) {
          assertEquals(pattern.sees(2 * block, key), again.sees(2 * block, key));
          if (pattern.sees(2 * block, key) != other.sees(2 * block, key)) differ++;
          if (key % 2 == 0 && pattern.sees(2 * block, key)) seen++;
        }
        if (block > 5) assertEquals(3 + 1 + (causal ? 2 : 4), seen, "block " + block);
      }
      assertTrue(differ > 0, "another seed, other blocks");
    }
  }

  static Stream<Parity> sparse() {
    return Parity.of("oracle/efficient_sparse_transformer");
  }

  @ParameterizedTest
  @MethodSource("sparse")
  void sparseTransformerEqualsTheReference(Parity parity) {
    long[] settings = parity.constant("settings").toLongs(); // n, l, c
    SparseTransformer.Kind kind =
        parity.name().startsWith("strided")
            ? SparseTransformer.Kind.STRIDED
            : SparseTransformer.Kind.FIXED;
    SparseTransformer.Options options =
        new SparseTransformer.Options(kind, (int) settings[1], (int) settings[2]);
    Tensor q = parity.in("q");
    Tensor k = parity.in("k");
    Tensor v = parity.in("v");
    Pattern[] steps = {
      new SparseTransformer(options, SparseTransformer.Step.FIRST),
      new SparseTransformer(options, SparseTransformer.Step.SECOND),
      new SparseTransformer(options, SparseTransformer.Step.BOTH)
    };
    Tensor heads =
        Tensor.cat(
            1,
            List.of(
                steps[0].attend(head(q, 0), head(k, 0), head(v, 0), Mask.causal()),
                steps[1].attend(head(q, 1), head(k, 1), head(v, 1), Mask.causal())));
    parity
        .out("mask1", mask(parity, steps[0], true))
        .out("mask2", mask(parity, steps[1], true))
        .out("mask_union", mask(parity, steps[2], true))
        .out("out", steps[2].attend(q, k, v, Mask.causal()))
        .out("out_two_heads", heads)
        .check();
  }

  private static Tensor head(Tensor x, int head) {
    return x.narrow(1, head, 1);
  }

  private static void check(Parity parity, Pattern kernel, boolean causal) {
    Mask mask = causal ? Mask.causal() : Mask.NONE;
    parity
        .out("mask", mask(parity, kernel, causal))
        .out("out", kernel.attend(parity.in("q"), parity.in("k"), parity.in("v"), mask))
        .check();
  }

  private static Tensor mask(Parity parity, Pattern kernel, boolean causal) {
    int tokens = (int) parity.in("q").size(2);
    boolean[] seen = new boolean[tokens * tokens];
    for (int i = 0; i < tokens; i++)
      for (int j = 0; j < tokens; j++)
        seen[i * tokens + j] =
            !(causal && j > i) && (kernel.globals().contains(i) || kernel.sees(i, j));
    return Tensor.of(seen, tokens, tokens).to(parity.dtype());
  }
}
