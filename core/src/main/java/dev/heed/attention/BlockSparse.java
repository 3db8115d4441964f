package dev.heed.attention;

import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Dropout;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * BigBird's attention (Zaheer et al. 2020, section 2 and appendix D, "internal" global tokens): the
 * tokens of a block see those of its own block, of the two beside it, of the first and the last
 * one, and of r random ones; the first and the last block see all and all see them.
 *
 * <pre>
 * blocks 0, N − 1     softmax(q kᵀ / √Dh) v
 * the other blocks i  softmax(q [k₀; kᵢ₋₁; kᵢ; kᵢ₊₁; k_N₋₁; k of r random]ᵀ / √Dh) [v …]
 * </pre>
 *
 * <p>Works in N = T / C blocks of C tokens, and gathers the M blocks of keys that each one sees, so
 * that time and memory grow as T·M·C. A text of at most (5 + 2r)·C tokens, which has no room for
 * random blocks, gets exact attention. As in Hugging Face's code, the random blocks are drawn anew
 * for each length from the layer's own seed ({@link RandomBlocks}) in training, and are all the
 * first block otherwise, which then weighs 1 + r times; and padding attends to nothing. B batch, H
 * heads, Dh head size; of the N blocks G are global and R are not.
 */
public final class BlockSparse extends Kernel {
  private static final int WINDOW = 3;
  private static final int FIXED = 5; // blocks seen but for random ones

  /** Below every score, and finite, so that a row without keys is no NaN. */
  private static final double NEVER = -1e30;

  private final int size;
  private final RandomBlocks random;
  private final ScaledDotProduct exact = child("exact", new ScaledDotProduct());
  private final Dropout dropout;

  /**
   * @param size C
   * @param dropout of the keys where attention is exact; there is none where it is sparse
   */
  public BlockSparse(int size, RandomBlocks random, double dropout) {
    Sizes.positive("block", size);
    this.size = size;
    this.random = random;
    this.dropout = child("dropout", new Dropout(dropout));
  }

  /**
   * The tokens to which a text has to be padded: whole blocks, but if it is so short that attention
   * is exact.
   *
   * @param size C
   * @param random r
   */
  public static long padded(long length, int size, int random) {
    return isExact(length, size, random) ? length : (length + size - 1) / size * size;
  }

  private static boolean isExact(long length, int size, int random) {
    return length <= (FIXED + 2L * random) * size;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UserError if a long text isn't {@link #padded}
   * @throws IllegalArgumentException if it isn't self-attention, or the mask isn't the same for all
   *     queries
   */
  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    return isExact(k.size(2), size, random.count())
        ? exact.attend(q, k, dropout.rows(v), mask)
        : attend(q, k, v, mask, plan(q, k));
  }

  /**
   * The weight of each key in one of the blocks in which a query sees it, (B, H, T, S): where a
   * block is seen n times, rows sum to less than 1.
   */
  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    if (isExact(k.size(2), size, random.count())) return exact.weights(q, k, mask);
    Tensor counts = plan(q, k).counts(q.device()).unsqueeze(0); // (1, H, N, N)
    Tensor pairs = counts.repeatInterleave(2, size).repeatInterleave(3, size); // (1, H, T, T)
    Tensor copies = pairs.clamp(1, Float.MAX_VALUE).to(q.dtype());
    Mask seen = mask.and(Mask.ofFullRows(pairs.ne(0))).plus(copies.log());
    return exact.weights(q, k, seen).div(copies);
  }

  private BlockPlan plan(Tensor q, Tensor k) {
    long length = k.size(2);
    if (q.size(2) != length)
      throw new IllegalArgumentException(
          "block-sparse attention is a sequence's to itself: %d queries meet %d keys"
              .formatted(q.size(2), length));
    if (length % size != 0)
      throw new UserError(
          "blocks of %d tokens don't divide a text of %d: pad it to a multiple of them"
              .formatted(size, length));
    int blocks = Math.toIntExact(length / size);
    int[][][] drawn =
        training() ? random.draw((int) q.size(1), blocks, size) : random.zeros(blocks);
    return new BlockPlan(WINDOW, new int[] {0, blocks - 1}, drawn);
  }

  /** q, k and v (B, H, T, ·) → (B, H, T, Dv) by the blocks that a plan lets each see. */
  Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask, BlockPlan plan) {
    long batch = q.size(0);
    long heads = q.size(1);
    long length = q.size(2);
    long size = length / plan.blocks();
    long global = plan.globals() * size;
    Optional<Tensor> real = real(mask, length, q); // (B, T)
    Tensor ordered = blocks(q, plan).indexSelect(2, plan.order(q.device())); // (B, H, N, C, Dh)
    Tensor all =
        exact.attend(
            ordered.narrow(2, 0, plan.globals()).reshape(batch, heads, global, q.size(3)),
            k,
            v,
            mask); // (B, H, G·C, Dv)
    Tensor some =
        sparse(ordered.narrow(2, plan.globals(), plan.blocks() - plan.globals()), k, v, real, plan);
    Tensor attended =
        Tensor.cat(2, List.of(all, some))
            .view(batch, heads, plan.blocks(), size, v.size(3))
            .indexSelect(2, plan.places(q.device())) // (B, H, N, C, Dv)
            .view(batch, heads, length, v.size(3));
    return real.map(tokens -> attended.maskedFill(tokens.logicalNot().view(batch, 1, length, 1), 0))
        .orElse(attended);
  }

  /** q (B, H, R, C, Dh) → (B, H, R·C, Dv). */
  private static Tensor sparse(
      Tensor q, Tensor k, Tensor v, Optional<Tensor> real, BlockPlan plan) {
    Tensor seen = plan.seen(q.device()); // (H or 1, R, M)
    Tensor there = plan.there(q.device()).repeatInterleave(2, q.size(3)); // (H or 1, R, M·C)
    Tensor keys =
        real.map(tokens -> pick(tokens.unsqueeze(1).unsqueeze(3), seen, plan).squeeze(4))
            .map(there::logicalAnd)
            .orElseGet(() -> there.unsqueeze(0)); // (B or 1, H or 1, R, M·C)
    Tensor weights =
        q.mul(1 / Math.sqrt(q.size(4)))
            .matmul(pick(k, seen, plan).transpose(3, 4))
            .maskedFill(keys.logicalNot().unsqueeze(3), NEVER)
            .softmax(4); // (B, H, R, C, M·C)
    return weights.matmul(pick(v, seen, plan)).view(q.size(0), q.size(1), -1, v.size(3));
  }

  /** (B, H or 1, T, D) → (B, H, R, M·C, D): the blocks that {@code seen} names. */
  private static Tensor pick(Tensor x, Tensor seen, BlockPlan plan) {
    long copies = x.size(0) * x.size(1);
    long[] starts = LongStream.range(0, copies).map(copy -> copy * plan.blocks()).toArray();
    Tensor index =
        Tensor.of(starts, x.size(0), x.size(1), 1, 1).to(x.device()).add(seen); // (B, H, R, M)
    long[] shape = index.shape();
    long width = x.size(2) / plan.blocks() * x.size(3); // C·D
    return x.reshape(copies * plan.blocks(), width)
        .indexSelect(0, index.view(-1))
        .view(shape[0], shape[1], shape[2], -1, x.size(3));
  }

  private static Tensor blocks(Tensor x, BlockPlan plan) {
    return x.reshape(x.size(0), x.size(1), plan.blocks(), x.size(2) / plan.blocks(), x.size(3));
  }

  /** BOOL (B, T): which keys the mask leaves; empty if all. */
  private static Optional<Tensor> real(Mask mask, long length, Tensor q) {
    Optional<Tensor> allowed = mask.allowed(length, length, q.device());
    if (mask.hasScores() || allowed.filter(a -> a.size(1) * a.size(2) != 1).isPresent())
      throw new IllegalArgumentException("blocks can't keep some queries from keys of others");
    return allowed.map(keys -> keys.expand(q.size(0), 1, 1, length).reshape(q.size(0), length));
  }
}
