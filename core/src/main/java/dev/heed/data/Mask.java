package dev.heed.data;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Which keys each query may attend to: true = may attend. A query that may attend to nothing gets
 * weights 0 and output 0.
 *
 * <p>This is the one place where a mask turns into the numbers that kernels add to scores; the
 * result is kept, so that all layers of a pass share it.
 */
public final class Mask {
  /** Everything may be attended to. */
  public static final Mask NONE = new Mask(Optional.empty(), false, false);

  /** What a forbidden score becomes: its exponential is 0, yet a row full of it makes no NaN. */
  private static final double FORBIDDEN = -1e30;

  private final Optional<Tensor> allowed; // BOOL, broadcastable to (B, H, T, S)
  private final boolean causal;
  private final boolean rowsMayBeEmpty;
  private final UnaryOperator<Tensor> keeper = Scope.keeper(); // layers have scopes of their own
  private final Optional<Tensor> scores; // (B or 1, H or 1, T or 1, S)
  private Optional<Tensor> bias = Optional.empty();
  private Optional<Tensor> emptyRows = Optional.empty();
  private Optional<Mask> behind = Optional.empty(); // layers share it

  private Mask(Optional<Tensor> allowed, boolean causal, boolean rowsMayBeEmpty) {
    this(allowed, causal, rowsMayBeEmpty, Optional.empty());
  }

  private Mask(
      Optional<Tensor> allowed, boolean causal, boolean rowsMayBeEmpty, Optional<Tensor> scores) {
    this.allowed = allowed;
    this.causal = causal;
    this.rowsMayBeEmpty = rowsMayBeEmpty;
    this.scores = scores;
  }

  /**
   * Position {@code i} attends to positions {@code j ≤ i}; fewer queries than keys stand at the
   * last positions.
   */
  public static Mask causal() {
    return new Mask(Optional.empty(), true, false);
  }

  /** Keys that are real tokens: BOOL (B, S), at least one true in each row. */
  public static Mask padding(Tensor real) {
    return new Mask(Optional.of(real.unsqueeze(1).unsqueeze(1)), false, false); // (B, 1, 1, S)
  }

  /** Any BOOL tensor (B or 1, H or 1, T or 1, S). */
  public static Mask of(Tensor allowed) {
    return new Mask(Optional.of(allowed), false, true);
  }

  /** The same, where the caller knows that every query may attend to something. */
  public static Mask ofFullRows(Tensor allowed) {
    return new Mask(Optional.of(allowed), false, false);
  }

  /** What both allow. */
  public Mask and(Mask other) {
    Optional<Tensor> both =
        allowed.isPresent() && other.allowed.isPresent()
            ? Optional.of(allowed.get().logicalAnd(other.allowed.get()))
            : allowed.or(() -> other.allowed);
    // Two constraints together can leave a query nothing, such as causal and left padding.
    boolean mayBeEmpty = rowsMayBeEmpty || other.rowsMayBeEmpty || both.isPresent();
    return new Mask(both, causal || other.causal, mayBeEmpty, scores.or(() -> other.scores));
  }

  /**
   * The pairs that {@code near} allows too, BOOL (B or 1, H or 1, T or 1, S), where that has each
   * query's own place and so leaves no query less than one key that had it.
   */
  public Mask within(Tensor near) {
    Tensor both = allowed.map(near::logicalAnd).orElse(near);
    return new Mask(Optional.of(both), causal, rowsMayBeEmpty, scores);
  }

  /** The same for the last {@code keys} alone, or all if they are no more. */
  public Mask last(long keys) {
    return new Mask(
        allowed.map(pairs -> last(pairs, keys)),
        causal,
        rowsMayBeEmpty,
        scores.map(added -> last(added, keys)));
  }

  private static Tensor last(Tensor pairs, long keys) {
    long size = pairs.size(-1);
    return size <= keys ? pairs : pairs.narrow(-1, size - keys, keys);
  }

  /**
   * The same pairs, with something added to their scores, such as a bias for their distance.
   *
   * @param scores (B or 1, H or 1, T or 1, S)
   */
  public Mask plus(Tensor scores) {
    return new Mask(allowed, causal, rowsMayBeEmpty, Optional.of(scores));
  }

  /**
   * The same pairs where so many keys more stand before all others, to which every query may
   * attend. The causal mask is one already: fewer queries than keys stand at the last positions.
   *
   * @throws IllegalStateException if it has scores, which those keys have none of
   */
  public Mask after(long keys) {
    if (hasScores())
      throw new IllegalStateException("there are no scores of keys before all others");
    if (allowed.isEmpty()) return this;
    if (behind.isEmpty()) {
      Tensor pairs = allowed.get();
      long[] shape = pairs.shape();
      shape[shape.length - 1] = keys;
      Tensor free = Tensor.full(1, Dtype.BOOL, pairs.device(), shape);
      Tensor all = keeper.apply(Tensor.cat(-1, List.of(free, pairs)));
      behind = Optional.of(new Mask(Optional.of(all), causal, false));
    }
    return behind.get();
  }

  /** The tensors that it was made of. */
  public List<Tensor> tensors() {
    return Stream.concat(allowed.stream(), scores.stream()).toList();
  }

  /** The same mask, made of the same tensors, which has kept nothing yet. */
  public Mask afresh() {
    return new Mask(allowed, causal, rowsMayBeEmpty, scores);
  }

  /** Whether every pair is allowed and nothing is added to its score. */
  public boolean isNone() {
    return allowed.isEmpty() && !causal && scores.isEmpty();
  }

  /** Whether this is the causal mask and nothing else, which fused kernels know. */
  public boolean isCausalOnly() {
    return allowed.isEmpty() && causal && scores.isEmpty();
  }

  /** Whether all queries may attend to the same keys, but for those after them if it is causal. */
  public boolean isOfKeys() {
    return !hasScores() && allowed.filter(pairs -> pairs.size(1) * pairs.size(2) != 1).isEmpty();
  }

  /**
   * Which keys are there for every query alike, BOOL (B or 1, 1, 1, S), causality aside; empty if
   * all are.
   *
   * @throws IllegalArgumentException if queries or heads differ in what they may attend to
   */
  public Optional<Tensor> keys() {
    if (!isOfKeys())
      throw new IllegalArgumentException(
          "this attention takes no mask that tells some queries' keys from others' by more than their order");
    return allowed;
  }

  /** Whether it keeps queries from the keys after them, whatever else it does. */
  public boolean isCausal() {
    return causal;
  }

  /** Whether it adds to the scores of allowed pairs. */
  public boolean hasScores() {
    return scores.isPresent();
  }

  /** BOOL (B or 1, H or 1, T or 1, S), empty where every pair is allowed. */
  public Optional<Tensor> allowed(long queries, long keys, Device device) {
    if (!causal) return allowed;
    Tensor lower =
        Tensor.full(1, Dtype.BOOL, device, queries, keys)
            .tril(keys - queries)
            .view(1, 1, queries, keys); // (1, 1, T, S)
    return Optional.of(allowed.map(lower::logicalAnd).orElse(lower));
  }

  /** What to add to the scores (B·H, T, S), empty where {@link #isNone}. */
  public Optional<Tensor> bias(long batch, long heads, long queries, long keys, Tensor like) {
    if (isNone()) return Optional.empty();
    if (bias.isEmpty() || !fits(bias.get(), batch * heads, queries, keys))
      bias =
          Optional.of(
              keeper.apply(
                  summands(queries, keys, like)
                      .expand(batch, heads, queries, keys)
                      .reshape(batch * heads, queries, keys))); // (B·H, T, S)
    return bias;
  }

  /** (B or 1, H or 1, T or 1, S). */
  private Tensor summands(long queries, long keys, Tensor like) {
    Optional<Tensor> forbidden = allowed(queries, keys, like.device()).map(Tensor::logicalNot);
    if (scores.isEmpty())
      return Tensor.zeros(like.dtype(), like.device(), forbidden.orElseThrow().shape())
          .maskedFill_(forbidden.get(), FORBIDDEN);
    return forbidden.map(pairs -> scores.get().maskedFill(pairs, FORBIDDEN)).orElseGet(scores::get);
  }

  /**
   * BOOL (B or 1, H or 1, T or 1, 1): queries that may attend to nothing; empty if there can be
   * none.
   */
  public Optional<Tensor> emptyRows(long queries, long keys, Device device) {
    if (!rowsMayBeEmpty) return Optional.empty();
    if (emptyRows.isEmpty())
      emptyRows =
          allowed(queries, keys, device).map(pairs -> keeper.apply(pairs.any(-1).logicalNot()));
    return emptyRows;
  }

  private static boolean fits(Tensor bias, long rows, long queries, long keys) {
    return bias.size(0) == rows && bias.size(1) == queries && bias.size(2) == keys;
  }
}
