package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.data.Mask;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Custom;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * FlashAttention (Dao et al. 2022, algorithms 1 and 4) in tensor operations: exact softmax
 * attention that never holds the T·S scores. Keys come in blocks, and the softmax is made online:
 *
 * <pre>
 * m' = max(m, rowmax Sⱼ)    ℓ' = e^(m−m') ℓ + rowsum e^(Sⱼ−m')    O' = e^(m−m') O + e^(Sⱼ−m') Vⱼ
 * out = O/ℓ,  L = m + log ℓ
 * </pre>
 *
 * <p>Going back, a block's weights are computed again from L, with Δ = rowsum(dO ∘ out):
 *
 * <pre>
 * P = e^(S−L)   dVⱼ += Pᵀ dO   dS = P ∘ (dO Vⱼᵀ − Δ)   dQ += dS Kⱼ/√Dh   dKⱼ += dSᵀ Q/√Dh
 * </pre>
 *
 * <p>Memory is O(n). Where the mask is causal, blocks of queries skip the keys after them. A block
 * takes as few passes over its scores as there can be of tensor operations: queries are scaled
 * before; a column of ones beside V sums the weights, and beside K and V brings −L and −Δ into the
 * products. N = B·H heads of the batch, T queries, S keys, Dh and Dv head sizes, C queries or keys
 * of a block.
 */
public final class Flash extends Kernel {
  /** Its options. */
  public record Options(@Doc("C: queries of a block, and keys") int block)
      implements Mechanism.OfKernel {
    public Options {
      Sizes.positive("block", block);
    }

    @Override
    public Traits traits() {
      return new Traits(true, true, true, true, false, Traits.Complexity.QUADRATIC);
    }

    @Override
    public Kernel kernel(Place place) {
      return new Flash(block);
    }
  }

  private static final double NEVER = -1e30;

  private final ScaledDotProduct dense = child("dense", new ScaledDotProduct());
  private final int block;

  public Flash(int block) {
    this.block = block;
  }

  /** A step of decoding has few queries, each with keys of its own: there is nothing to save. */
  @Override
  public Tensor attend(Tensor q, Tensor k, Tensor v, Mask mask) {
    if (!mask.isOfKeys()) return dense.attend(q, k, v, mask);
    Tiles tiles = new Tiles(q, k, mask);
    Tensor both =
        Custom.apply(
            List.of(q, k, v),
            tiles.forbidden.stream().toList(),
            in -> forward(in, tiles),
            (in, out, gradient) -> backward(in, out, gradient, tiles)); // (N, T, Dv + 1)
    return both.narrow(2, 0, v.size(3)).view(q.size(0), q.size(1), q.size(2), v.size(3));
  }

  @Override
  public Tensor weights(Tensor q, Tensor k, Mask mask) {
    return dense.weights(q, k, mask);
  }

  /** The scores of blocks, and which there are. */
  private final class Tiles {
    private final long queries;
    private final long keys;
    private final boolean causal;
    private final double scale;
    private final Optional<Tensor> forbidden; // BOOL (N, 1, S)

    Tiles(Tensor q, Tensor k, Mask mask) {
      queries = q.size(2);
      keys = k.size(2);
      causal = mask.isCausal();
      scale = 1 / Math.sqrt(q.size(3));
      forbidden =
          mask.keys()
              .map(
                  real ->
                      real.logicalNot()
                          .expand(q.size(0), q.size(1), 1, keys)
                          .reshape(q.size(0) * q.size(1), 1, keys));
    }

    /** How many keys there are for a block of queries; fewer queries than keys stand at the end. */
    long keysOf(long from, long rows) {
      return causal ? Math.max(0, from + rows + keys - queries) : keys;
    }

    /** Scores (N, c, c') in which the pairs that the mask forbids are far below all others. */
    Tensor masked(Tensor scores, long from, long to) {
      long rows = scores.size(1);
      long width = scores.size(2);
      forbidden.ifPresent(no -> scores.maskedFill_(no.narrow(2, to, width), NEVER));
      long first = from + keys - queries; // the last key that the first query sees
      if (causal && to + width - 1 > first)
        scores.maskedFill_(
            Tensor.full(1, Dtype.BOOL, scores.device(), rows, width).tril(first - to).logicalNot(),
            NEVER);
      return scores;
    }
  }

  /** (N, T, Dv + 1): the output, and L beside it. */
  private Tensor forward(List<Tensor> in, Tiles tiles) {
    Tensor q = flat(in.get(0)).mul(tiles.scale);
    Tensor k = flat(in.get(1)).transpose(1, 2); // (N, Dh, S)
    Tensor v = beside(flat(in.get(2)), 1); // (N, S, Dv + 1), whose ones sum the weights
    long size = v.size(2) - 1;
    Tensor both = Tensor.empty(q.dtype(), q.device(), q.size(0), tiles.queries, size + 1);
    for (long from = 0; from < tiles.queries; from += block)
      try (Scope scope = Scope.open()) {
        long rows = Math.min(block, tiles.queries - from);
        Tensor some = q.narrow(1, from, rows);
        Tensor m = Tensor.full(NEVER, q.dtype(), q.device(), q.size(0), rows, 1);
        Tensor o = Tensor.zeros(q.dtype(), q.device(), q.size(0), rows, size + 1); // O, ℓ
        long last = tiles.keysOf(from, rows);
        for (long to = 0; to < last; to += block)
          try (Scope tile = Scope.open()) {
            long width = Math.min(block, last - to);
            Tensor s = tiles.masked(some.bmm(k.narrow(2, to, width)), from, to); // (N, c, c')
            Tensor next = m.maximum(s.amax(2).unsqueeze(2)); // (N, c, 1)
            Tensor p = s.sub_(next).exp_(); // (N, c, c')
            o.mul_(m.sub_(next).exp_()).baddbmm_(p, v.narrow(1, to, width));
            m.copy_(next);
          }
        Tensor empty = m.lt(NEVER / 2); // a query that sees nothing
        Tensor l = o.narrow(2, size, 1);
        both.narrow(1, from, rows)
            .narrow(2, size, 1)
            .copy_(m.add(l.log()).maskedFill(empty, -NEVER)); // so that P is 0
        both.narrow(1, from, rows)
            .narrow(2, 0, size)
            .copy_(o.narrow(2, 0, size).div(l).maskedFill(empty, 0));
      }
    return both;
  }

  /** (N, n, d) → (N, n, d + 1), with a column of one number. */
  private static Tensor beside(Tensor x, double number) {
    return Tensor.cat(
        2, List.of(x, Tensor.full(number, x.dtype(), x.device(), x.size(0), x.size(1), 1)));
  }

  private List<Tensor> backward(List<Tensor> in, Tensor both, Tensor gradient, Tiles tiles) {
    Tensor q = flat(in.get(0)).mul(tiles.scale);
    Tensor k = flat(in.get(1));
    Tensor v = flat(in.get(2));
    Tensor out = both.narrow(2, 0, v.size(2));
    Tensor logs = both.narrow(2, v.size(2), 1);
    Tensor dOut = gradient.narrow(2, 0, v.size(2)).contiguous();
    Tensor delta = dOut.mul(out).sum(2).unsqueeze(2); // (N, T, 1)
    Tensor qL = Tensor.cat(2, List.of(q, logs.mul(-1))); // (N, T, Dh + 1)
    Tensor dOutDelta = Tensor.cat(2, List.of(dOut, delta.mul(-1))); // (N, T, Dv + 1)
    Tensor k1 = beside(k, 1).transpose(1, 2); // (N, Dh + 1, S)
    Tensor v1 = beside(v, 1).transpose(1, 2); // (N, Dv + 1, S)
    Tensor dq = Tensor.zeros(q.dtype(), q.device(), q.shape());
    Tensor dk = Tensor.zeros(k.dtype(), k.device(), k.shape());
    Tensor dv = Tensor.zeros(v.dtype(), v.device(), v.shape());
    for (long from = 0; from < tiles.queries; from += block) {
      long rows = Math.min(block, tiles.queries - from);
      long last = tiles.keysOf(from, rows);
      for (long to = 0; to < last; to += block)
        try (Scope tile = Scope.open()) {
          long width = Math.min(block, last - to);
          Tensor s = qL.narrow(1, from, rows).bmm(k1.narrow(2, to, width)); // S − L
          Tensor p = tiles.masked(s, from, to).exp_(); // (N, c, c')
          dv.narrow(1, to, width).baddbmm_(p.transpose(1, 2), dOut.narrow(1, from, rows));
          Tensor dp = dOutDelta.narrow(1, from, rows).bmm(v1.narrow(2, to, width)); // − Δ
          Tensor ds = dp.mul_(p); // (N, c, c')
          dq.narrow(1, from, rows).baddbmm_(ds, k.narrow(1, to, width));
          dk.narrow(1, to, width).baddbmm_(ds.transpose(1, 2), q.narrow(1, from, rows));
        }
    }
    return List.of(dq.mul_(tiles.scale), dk, dv);
  }

  /** (B, H, N, D) → (B·H, N, D). */
  private static Tensor flat(Tensor x) {
    return x.reshape(x.size(0) * x.size(1), x.size(2), x.size(3));
  }
}
