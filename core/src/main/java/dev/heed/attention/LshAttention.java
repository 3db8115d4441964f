package dev.heed.attention;

import dev.heed.nn.Dropout;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Attention among tokens that hash alike (Kitaev et al. 2020, section 2, as its published code
 * simplifies it). Queries are keys, which count by their direction alone:
 *
 * <pre>
 * bucket_r(x) = argmax [x Rot_r; −x Rot_r]            (Andoni et al. 2015)
 * o_i, z_i    = softmax and logsumexp of q_i · k_j/|k_j| over the j that i sees in round r
 * output_i    = Σ_r exp(z_i^r − logsumexp_r z_i^r) o_i^r
 * </pre>
 *
 * <p>In each round tokens stand in the order of their buckets, and {@link Chunks} tells what each
 * sees there, whatever its bucket, the first piece of a round the last one of the round before. A
 * token attends to itself only where it sees no other. Padding has a bucket of its own. B batch, T
 * tokens, a multiple of C unless they are fewer, H heads, Dh head size, R rounds, N, C and M as in
 * {@link Chunks}.
 */
public final class LshAttention extends Module {
  private static final double ITSELF = -1e5;

  /**
   * How tokens are hashed.
   *
   * @param rounds R
   * @param buckets how many, an even number, or the even factors of their number, hashed by each;
   *     none for about 2·T/C
   * @param seed of the rotations, which are drawn anew in each pass without it
   */
  public record Hashing(int rounds, List<Integer> buckets, OptionalInt seed) {
    public Hashing {
      buckets = List.copyOf(buckets);
      if (rounds < 1) throw new IllegalArgumentException("num_hashes must be at least 1");
      if (buckets.stream().anyMatch(factor -> factor < 2 || factor % 2 != 0))
        throw new IllegalArgumentException("num_buckets must be even, not " + buckets);
    }
  }

  private final int heads;
  private final int size; // Dh
  private final int positions;
  private final Chunks chunks;
  private final Hashing hashing;
  private final Linear maps;
  private final Dropout dropout;
  private final Linear out;

  /**
   * @param size Dh; H·Dh needn't be D
   * @param positions the longest text in tokens, which tells when many buckets are hashed by
   *     factors
   * @param dropout of the weights
   */
  public LshAttention(
      int model,
      int heads,
      int size,
      int positions,
      Chunks chunks,
      Hashing hashing,
      double dropout) {
    this.heads = heads;
    this.size = size;
    this.positions = positions;
    this.chunks = chunks;
    this.hashing = hashing;
    this.maps = child("maps", Linear.fused(2, model, heads * size, false));
    this.dropout = child("dropout", new Dropout(dropout));
    this.out = child("out", new Linear((long) heads * size, model, false));
  }

  /**
   * (B, T, D) → (B, T, D). Shows the weights (B, H, R·N, C, M), or (B, H, T, T) where all is one
   * piece, as {@code attentions}, and the buckets (B, H, R·T), each round's after those of the
   * round before, as {@code buckets}.
   *
   * @param real BOOL (B, T), which may be attended to; empty if all
   * @param rotations (H, Dh, R, half the buckets, or half the sum of their factors) to take
   */
  public Tensor forward(Tensor x, Optional<Tensor> real, Optional<Tensor> rotations) {
    long batch = x.size(0);
    long length = x.size(1);
    boolean whole = length <= chunks.length();
    Chunks cut = chunks.of(length);
    Tensor[] both =
        maps.forward(x)
            .view(batch, length, 2, heads, size)
            .permute(2, 0, 3, 1, 4)
            .unbind(0); // 2 × (B, H, T, Dh)
    Tensor places = Tensor.arange(length, x.device()); // (T)
    Tensor order =
        whole
            ? places.expand(batch, heads, 1, length)
            : order(buckets(both[0].detach(), real, rotations), places); // (B, H, R, T)
    long rounds = order.size(2);
    Tensor at = order.reshape(batch, heads, rounds * length); // (B, H, R·T)

    Tensor q = cut.cut(sorted(both[0], at)); // (B, H, R·N, C, Dh)
    Tensor k = cut.seen(direction(q)); // (B, H, R·N, M, Dh)
    Tensor v = cut.seen(cut.cut(sorted(both[1], at))); // (B, H, R·N, M, Dh)
    Tensor queries = cut.cut(at); // (B, H, R·N, C)
    Tensor keys = cut.seen(queries); // (B, H, R·N, M)
    Tensor dots = q.matmul(k.transpose(-2, -1)); // (B, H, R·N, C, M)
    Tensor allowed =
        real.map(
                tokens -> {
                  Tensor byHead = tokens.unsqueeze(1).expand(batch, heads, length);
                  Tensor seen = cut.seen(cut.cut(byHead.gather(2, at))); // (B, H, R·N, M)
                  return dots.maskedFill(seen.unsqueeze(-2).logicalNot(), Chunks.FORBIDDEN);
                })
            .orElse(dots);
    Tensor itself = queries.unsqueeze(-1).sub(keys.unsqueeze(-2)).eq(0); // (B, H, R·N, C, M)
    Tensor scores = allowed.maskedFill(itself, ITSELF);
    Tensor z = scores.logsumexp(-1); // (B, H, R·N, C)
    Tensor weights = scores.sub(z.unsqueeze(-1)).exp();
    show("attentions", () -> whole ? weights.squeeze(2) : weights);

    Tensor back = places(order); // (B, H, R, T)
    Tensor attended =
        dropout
            .forward(weights)
            .matmul(v)
            .reshape(batch, heads, rounds, length, size)
            .gather(3, back.unsqueeze(-1).expand(-1, -1, -1, -1, size)); // (B, H, R, T, Dh)
    Tensor shares = z.reshape(batch, heads, rounds, length).gather(3, back).softmax(2);
    Tensor sum = attended.mul(shares.unsqueeze(-1)).sum(2); // (B, H, T, Dh)
    return out.forward(
        sum.transpose(1, 2).reshape(batch, length, (long) heads * size)); // (B, T, D)
  }

  /** (B, H, T, Dh) by places (B, H, S) → (B, H, S, Dh). */
  private Tensor sorted(Tensor x, Tensor at) {
    return x.gather(2, at.unsqueeze(-1).expand(-1, -1, -1, size));
  }

  /** x/|x|. */
  private Tensor direction(Tensor x) {
    Tensor square = x.mul(x).sum(-1).unsqueeze(-1).mul(1.0 / size);
    return x.div(square.add(1e-6).sqrt()).mul(1 / Math.sqrt(size));
  }

  /** INT64, as the product with a {@code double} isn't. */
  static Tensor times(Tensor numbers, long factor) {
    return numbers.mul(Tensor.of(new long[] {factor}, 1).to(numbers.device()));
  }

  /** The places of a row's numbers, all different, in ascending order. */
  static Tensor places(Tensor numbers) {
    return times(numbers, -1).topk(numbers.size(-1)).indices();
  }

  /** (B, H, R, T) buckets → (B, H, R, T): the tokens by bucket, then by place. */
  static Tensor order(Tensor buckets, Tensor places) {
    return places(times(buckets, places.size(0)).add(places));
  }

  /** Of the queries (B, H, T, Dh), INT64 (B, H, R, T). */
  private Tensor buckets(Tensor q, Optional<Tensor> real, Optional<Tensor> rotations) {
    List<Integer> factors = factors(q.size(2));
    int half = factors.stream().mapToInt(Integer::intValue).sum() / 2;
    int rounds = hashing.rounds();
    Tensor turned =
        q.matmul(
                rotations
                    .orElseGet(() -> rotations(half, q.device()))
                    .to(q.dtype())
                    .reshape(heads, size, (long) rounds * half)) // (B, H, T, R·half)
            .reshape(q.size(0), heads, q.size(2), rounds, half)
            .transpose(2, 3); // (B, H, R, T, half)
    Tensor sum = Tensor.zeros(Dtype.INT64, q.device(), 1);
    int start = 0;
    int count = 1;
    for (int factor : factors) {
      Tensor part = turned.narrow(4, start, factor / 2);
      Tensor digit = Tensor.cat(4, List.of(part, part.mul(-1))).argmax(4); // (B, H, R, T)
      sum = sum.add(times(digit, count));
      start += factor / 2;
      count *= factor;
    }
    Optional<Tensor> padding =
        real.map(Tensor::logicalNot).filter(pad -> pad.to(Dtype.INT64).sum().item() > 0);
    int own = count;
    Tensor hashed = sum;
    Tensor buckets =
        padding
            .map(pad -> hashed.maskedFill(pad.unsqueeze(1).unsqueeze(1), own))
            .orElse(hashed); // (B, H, R, T)
    int all = padding.isPresent() ? count + 1 : count;
    show(
        "buckets",
        () -> {
          Tensor firsts = times(Tensor.arange(rounds, q.device()), all).view(1, 1, rounds, 1);
          return buckets.add(firsts).reshape(q.size(0), heads, rounds * q.size(2));
        });
    return buckets;
  }

  private Tensor rotations(int half, Device device) {
    Tensor drawn = Tensor.empty(Dtype.FLOAT32, Device.CPU, heads, size, hashing.rounds(), half);
    hashing.seed().ifPresentOrElse(seed -> drawn.normal_(0, 1, seed), () -> drawn.normal_(0, 1));
    return drawn.to(device);
  }

  /** The factors of the number of buckets: as given, or a power of two, in two if it is large. */
  private List<Integer> factors(long length) {
    if (!hashing.buckets().isEmpty()) return hashing.buckets();
    int power = 63 - Long.numberOfLeadingZeros(2 * (length / chunks.length()));
    int limit = 2 * Math.max((int) Math.sqrt(positions / chunks.length()), chunks.length());
    return 1L << power > limit
        ? List.of(1 << power / 2, 1 << power - power / 2)
        : List.of(1 << power);
  }
}
