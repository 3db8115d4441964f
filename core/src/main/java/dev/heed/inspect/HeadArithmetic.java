package dev.heed.inspect;

import dev.heed.data.Mask;
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Every number on the way through one attention head (Vaswani et al. 2017, eq. 1), in double
 * precision:
 *
 * <pre>
 * X = E + PE;   Q = X W_Q,  K = X W_K,  V = X W_V
 * S = Q Kᵀ;     A = softmax(S / √d + mask);   O = A V
 * </pre>
 *
 * <p>T tokens, D numbers in what stands for a token, d in a query. {@link HeadSteps} tells it step
 * by step.
 *
 * @param origin where the numbers come from, a sentence
 * @param tokens T
 * @param embeddings E (T, D), or what enters the layer in a model
 * @param positions PE (T, D), if they are added
 * @param maps if they are to be shown
 * @param q (T, d)
 * @param k (T, d)
 * @param v (T, d)
 * @param scores S (T, T)
 * @param scaled S / √d
 * @param causal whether a token attends to itself and those before alone
 * @param masked the same as {@code scaled}, −∞ where a token may not attend
 * @param weights A, whose rows sum to 1
 * @param output O (T, d)
 */
public record HeadArithmetic(
    String origin,
    List<String> tokens,
    double[][] embeddings,
    Optional<double[][]> positions,
    Optional<Maps> maps,
    double[][] q,
    double[][] k,
    double[][] v,
    double[][] scores,
    double[][] scaled,
    boolean causal,
    double[][] masked,
    double[][] weights,
    double[][] output) {

  /** What makes queries, keys and values of embeddings, each (D, d). */
  public record Maps(double[][] wq, double[][] wk, double[][] wv) {
    static Maps identity(int d) {
      double[][] eye = new double[d][d];
      for (int i = 0; i < d; i++) eye[i][i] = 1;
      return new Maps(eye, eye, eye);
    }
  }

  /** Embeddings of three words whose products can be done in the head. */
  private static final double[][] TEACHING = {{1, 0, 1, 0}, {0, 1, 0, 1}, {1, 1, 1, 1}};

  /** Whether {@link #teaching} has an embedding for each word. */
  public static boolean canTeach(List<String> words) {
    return words.size() == TEACHING.length && words.stream().distinct().count() == words.size();
  }

  /**
   * Three words as [1 0 1 0], [0 1 0 1] and [1 1 1 1], with maps that change nothing.
   *
   * @throws IllegalArgumentException if they aren't three different words
   */
  public static HeadArithmetic teaching(List<String> words, boolean positions, boolean causal) {
    if (!canTeach(words))
      throw new IllegalArgumentException("needs three different words, not " + words);
    return of(
        "A head for teaching: embeddings of zeros and ones, and maps that change nothing.",
        words,
        TEACHING,
        positions,
        Maps.identity(TEACHING[0].length),
        causal);
  }

  /**
   * Embeddings, one a word, and maps drawn from a normal distribution and rounded to tenths.
   *
   * @param d the size of embeddings and of queries
   */
  public static HeadArithmetic drawn(
      List<String> words, int d, long seed, boolean positions, boolean causal) {
    var random = new Random(seed);
    Map<String, double[]> byWord = new HashMap<>();
    double[][] embeddings =
        words.stream()
            .map(word -> byWord.computeIfAbsent(word, w -> drawn(1, d, 1, random)[0]))
            .toArray(double[][]::new);
    double spread = 1 / Math.sqrt(d);
    var maps =
        new Maps(
            drawn(d, d, spread, random), drawn(d, d, spread, random), drawn(d, d, spread, random));
    String origin = "Embeddings and maps drawn by chance (seed %d), as before any training.";
    return of(origin.formatted(seed), words, embeddings, positions, maps, causal);
  }

  private static double[][] drawn(int rows, int columns, double spread, Random random) {
    double[][] drawn = new double[rows][columns];
    for (double[] row : drawn)
      for (int i = 0; i < columns; i++)
        row[i] = Math.rint(random.nextGaussian() * spread * 10) / 10;
    return drawn;
  }

  /**
   * A head of any numbers.
   *
   * @param embeddings (T, D), one for each token
   * @param positions whether sinusoidal ones are added
   * @throws IllegalArgumentException if there is no token
   */
  public static HeadArithmetic of(
      String origin,
      List<String> tokens,
      double[][] embeddings,
      boolean positions,
      Maps maps,
      boolean causal) {
    if (tokens.isEmpty()) throw new IllegalArgumentException("needs at least one token");
    try (Scope scope = Scope.open()) {
      Tensor e = tensor(embeddings); // (T, D)
      Optional<Tensor> pe =
          positions
              ? Optional.of(
                  Sinusoidal.table(
                          tokens.size(),
                          embeddings[0].length,
                          Sinusoidal.Order.INTERLEAVED,
                          Device.CPU)
                      .to(Dtype.FLOAT64)) // (T, D)
              : Optional.empty();
      Tensor x = pe.map(e::add).orElse(e);
      return of(
          origin,
          tokens,
          e,
          pe,
          Optional.of(maps),
          x.matmul(tensor(maps.wq())),
          x.matmul(tensor(maps.wk())),
          x.matmul(tensor(maps.wv())),
          causal);
    }
  }

  /** From queries, keys and values (T, d) on. */
  static HeadArithmetic of(
      String origin,
      List<String> tokens,
      Tensor embeddings,
      Optional<Tensor> positions,
      Optional<Maps> maps,
      Tensor q,
      Tensor k,
      Tensor v,
      boolean causal) {
    long length = tokens.size();
    Tensor scores = q.matmul(k.transpose(0, 1)); // (T, T)
    Tensor scaled = scores.mul(1 / Math.sqrt((double) q.size(1)));
    Mask mask = causal ? Mask.causal() : Mask.NONE;
    Tensor masked =
        mask.allowed(length, length, Device.CPU)
            .map(allowed -> allowed.view(length, length).logicalNot())
            .map(hidden -> scaled.maskedFill(hidden, Double.NEGATIVE_INFINITY))
            .orElse(scaled);
    Tensor weights = masked.softmax(-1);
    return new HeadArithmetic(
        origin,
        List.copyOf(tokens),
        rows(embeddings),
        positions.map(HeadArithmetic::rows),
        maps,
        rows(q),
        rows(k),
        rows(v),
        rows(scores),
        rows(scaled),
        causal,
        rows(masked),
        rows(weights),
        rows(weights.matmul(v)));
  }

  private static Tensor tensor(double[][] rows) {
    int columns = rows[0].length;
    double[] flat = new double[rows.length * columns];
    for (int i = 0; i < rows.length; i++) System.arraycopy(rows[i], 0, flat, i * columns, columns);
    return Tensor.of(flat, rows.length, columns);
  }

  /** (N, M) → [N][M]. */
  static double[][] rows(Tensor matrix) {
    double[] flat = matrix.contiguous().toDoubles();
    int columns = (int) matrix.size(1);
    double[][] rows = new double[(int) matrix.size(0)][columns];
    for (int i = 0; i < rows.length; i++) System.arraycopy(flat, i * columns, rows[i], 0, columns);
    return rows;
  }
}
