package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.data.Mask;
import dev.heed.nn.Dropout;
import dev.heed.nn.Linear;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Attention among tokens that hash alike (Kitaev et al. 2020, "Reformer", section 2 and appendix
 * A), in time O(n log n) and memory O(R·n·m). Queries are keys, which count by their direction
 * alone. In each of R rounds
 *
 * <pre>
 * bucket(x) = argmax [x Rot; −x Rot]                   (Andoni et al. 2015)
 * s         = the rank of a token by bucket, then by place
 * P_i       = {j : bucket(j) = bucket(i),  ⌊s_i/m⌋ − ⌊s_j/m⌋ ∈ {0, 1}}
 * e_ij      = q_i · k_j/|k_j| − log |{rounds in which j ∈ P_i}|,  and 10⁵ less for j = i
 * z_i, o_i  = logsumexp of e_ij, and softmax(e_ij) v_j, over P_i
 * out_i     = Σ_r exp(z_i^r − logsumexp_r z_i^r) o_i^r
 * </pre>
 *
 * <p>Rotations are drawn anew in each pass of training; those of evaluation are stored with the
 * weights. Padding has a bucket of its own, after all others. Decoders can't have it: which chunks
 * a token meets hangs on how many tokens after it are in lower buckets.
 *
 * <p>Differs from {@link LshAttention}, that of the model {@code Reformer}, as the paper does from
 * its published code: only one's own bucket is seen, and pairs that meet in several rounds count
 * once. B batch, H heads, N tokens, a multiple of m with those that fill the last of G chunks, Dh
 * head size.
 */
public final class Lsh extends Mixer {
  private static final double ITSELF = 1e5; // less than the score
  private static final double FORBIDDEN = -1e30;

  /** Its options. */
  public record Options(
      @Doc("R: rounds of hashing") int rounds,
      @Doc("m: tokens of a chunk, which sees itself and the one before") int chunk,
      @Doc("buckets of a round, an even number; 0 = 2n/m of a text of n tokens, 1 if n ≤ m")
          int buckets)
      implements Mechanism {
    public Options {
      Sizes.positive("rounds", rounds);
      Sizes.positive("chunk", chunk);
      if (buckets < 0 || buckets % 2 != 0)
        throw new IllegalArgumentException(
            "buckets must be an even number, or 0 for as many as fit the text, not " + buckets);
    }

    @Override
    public Traits traits() {
      return Traits.encoder(Traits.Complexity.LOG_LINEAR);
    }

    @Override
    public Mixer self(Place place) {
      return new Lsh(this, place);
    }
  }

  private final Options o;
  private final int heads;
  private final Linear maps; // W_QK, W_V
  private final Dropout dropout;
  private final Linear out;
  private final Tensor rotations; // (R, Dh, half the most buckets)

  public Lsh(Options options, Place place) {
    this.o = options;
    this.heads = place.heads();
    this.maps = child("maps", Linear.fused(2, place.d(), place.d(), false));
    this.dropout = child("dropout", new Dropout(place.dropout()));
    this.out = child("out", new Linear(place.d(), place.d(), false));
    long half = o.buckets() > 0 ? o.buckets() / 2 : chunks(place.positions());
    this.rotations =
        buffer(
            "rotations",
            Tensor.empty(Dtype.FLOAT32, Device.CPU, o.rounds(), place.headSize(), half)
                .normal_(0, 1));
  }

  private long chunks(long length) {
    return Sizes.multiple(length, o.chunk()) / o.chunk();
  }

  /** (B, T, D) → (B, T, D). */
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    Tensor[] both =
        maps.forward(x)
            .view(x.size(0), x.size(1), 2, heads, -1)
            .permute(2, 0, 3, 1, 4)
            .unbind(0); // 2 × (B, H, T, Dh)
    Tensor drawn =
        training()
            ? Tensor.empty(Dtype.FLOAT32, Device.CPU, rotations.shape()).normal_(0, 1)
            : rotations;
    Tensor turning = drawn.to(x.device()).to(x.dtype());
    Attended attended = attend(both[0], dropout.rows(both[1]), pass.mask(), turning, 1);
    return out.forward(attended.out().transpose(1, 2).reshape(x.shape()));
  }

  /**
   * Where tokens stand, INT64 (B, H, R, N) all.
   *
   * @param order the tokens as they are sorted
   * @param ranks where each of them is then
   * @param codes bucket·(G + 1) + chunk + 2: j is in P_i if the code of i is its code or one more;
   *     0 is no token's
   */
  record Hashed(Tensor buckets, Tensor order, Tensor ranks, Tensor codes) {}

  /**
   * @param out (B, H, T, Dh)
   * @param z (B, H, R, T)
   */
  record Attended(Tensor out, Tensor z, Hashed hashed) {}

  /**
   * @param qk (B, H, T, Dh), queries and keys
   * @param rotations (R, Dh, half the buckets)
   * @param scale of the scores
   */
  Attended attend(Tensor qk, Tensor v, Mask mask, Tensor rotations, double scale) {
    long length = qk.size(2);
    long padded = chunks(length) * o.chunk();
    Hashed hashed = hashed(qk.detach(), mask, rotations, padded);
    Layout near = Layout.blocks(o.chunk(), 1, 0);
    Tensor at = hashed.order();
    Tensor q = near.queries().apply(sorted(padded(qk, padded), at)); // (B, H, R, G, m, Dh)
    Tensor k = near.keys().apply(sorted(direction(padded(qk, padded)), at)); // (…, 2m, Dh)
    Tensor values = near.keys().apply(sorted(padded(v, padded), at)); // (…, 2m, Dv)

    Tensor places = plus(at, 1).unsqueeze(4); // not 0
    Tensor gaps = gaps(near, places); // (B, H, R, G, m, 2m), i − j
    List<Tensor> met =
        Arrays.stream(hashed.codes().unbind(2)) // by round, (B, H, N)
            .map(codes -> codes.unsqueeze(2).expand(at.shape()).gather(3, at).unsqueeze(4))
            .map(codes -> gaps(near, codes))
            .map(between -> between.ge(0).logicalAnd(between.lt(2)))
            .toList(); // R × (B, H, R, G, m, 2m)
    Tensor rounds =
        met.stream().map(pairs -> pairs.to(q.dtype())).reduce(Tensor::add).orElseThrow();
    Tensor inRound =
        Tensor.cat(
            2, IntStream.range(0, met.size()).mapToObj(r -> met.get(r).narrow(2, r, 1)).toList());
    Tensor allowed = mask.isCausal() ? inRound.logicalAnd(gaps.ge(0)) : inRound;

    Tensor less = rounds.clamp(1, o.rounds()).log().maskedFill(gaps.eq(0), ITSELF);
    Tensor scores =
        q.mul(scale)
            .matmul(k.transpose(4, 5))
            .sub(less)
            .maskedFill(allowed.logicalNot(), FORBIDDEN); // (B, H, R, G, m, 2m)
    Tensor z = scores.logsumexp(5).unsqueeze(5); // (B, H, R, G, m, 1)
    Tensor attended = scores.sub(z).exp().matmul(values); // (B, H, R, G, m, Dv)
    Tensor byToken = unsorted(near.back().apply(z), hashed.ranks()); // (B, H, R, N, 1)
    Tensor sum =
        unsorted(near.back().apply(attended), hashed.ranks())
            .mul(byToken.softmax(2))
            .sum(2); // (B, H, N, Dv)
    return new Attended(sum.narrow(2, 0, length), byToken.squeeze(4).narrow(3, 0, length), hashed);
  }

  /** What the queries of a chunk have more than its keys, of INT64 (B, H, R, N, 1). */
  private static Tensor gaps(Layout near, Tensor sorted) {
    return near.queries().apply(sorted).sub(near.keys().apply(sorted).transpose(4, 5));
  }

  private static Tensor padded(Tensor x, long tokens) {
    return x.pad(0, 0, 0, tokens - x.size(2));
  }

  /** (B, H, N, Dh) by places (B, H, R, N) → (B, H, R, N, Dh). */
  private static Tensor sorted(Tensor x, Tensor at) {
    return unsorted(x.unsqueeze(2).expand(-1, -1, at.size(2), -1, -1), at);
  }

  /** (B, H, R, N, d) by places (B, H, R, N) → (B, H, R, N, d). */
  private static Tensor unsorted(Tensor x, Tensor at) {
    return x.gather(3, at.unsqueeze(4).expand(-1, -1, -1, -1, x.size(4)));
  }

  /** x/|x|, and 0 for 0. */
  private static Tensor direction(Tensor x) {
    return x.div(x.mul(x).sum(3).unsqueeze(3).clamp(1e-30, Double.POSITIVE_INFINITY).sqrt());
  }

  private Hashed hashed(Tensor qk, Mask mask, Tensor rotations, long padded) {
    long length = qk.size(2);
    Device device = qk.device();
    Tensor real = mask.keys().orElseGet(() -> Tensor.full(1, Dtype.BOOL, device, 1, 1, 1, length));
    Tensor turned = qk.unsqueeze(2).matmul(rotations); // (B, H, R, T, half)
    double last = 2.0 * rotations.size(2);
    Tensor own = buckets(turned, real).maskedFill(real.logicalNot(), last); // (B, H, R, T)
    Tensor rest =
        Tensor.full(last, Dtype.INT64, device, qk.size(0), qk.size(1), o.rounds(), padded - length);
    Tensor buckets = Tensor.cat(3, List.of(own, rest)); // (B, H, R, N)
    Tensor order = LshAttention.order(buckets, Tensor.arange(padded, device));
    Tensor ranks = LshAttention.places(order);
    Tensor chunk = plus(quotient(ranks, o.chunk()), 2);
    Tensor codes = LshAttention.times(buckets, chunks(padded) + 1).add(chunk);
    return new Hashed(buckets, order, ranks, codes);
  }

  /** INT64 (B, H, R, T) of what rotations make of tokens, (B, H, R, T, half). */
  private Tensor buckets(Tensor turned, Tensor real) {
    if (o.buckets() > 0) return Tensor.cat(4, List.of(turned, turned.mul(-1))).argmax(4);
    Tensor count = real.to(Dtype.INT64).sum(3).unsqueeze(3); // (B or 1, 1, 1, 1), n
    Tensor halves = quotient(plus(count, o.chunk() - 1), o.chunk());
    Tensor beyond = Tensor.arange(turned.size(4), turned.device()).sub(halves.unsqueeze(4)).ge(0);
    Tensor first = turned.maskedFill(beyond, FORBIDDEN);
    Tensor second = turned.mul(-1).maskedFill(beyond, FORBIDDEN);
    return Tensor.cat(4, List.of(first, second)).argmax(4).maskedFill(halves.lt(2), 0);
  }

  /** ⌊x/by⌋ of INT64 x, at least 0. */
  private static Tensor quotient(Tensor x, long by) {
    Tensor divisor = Tensor.full((double) by, Dtype.FLOAT64, x.device(), 1);
    return x.to(Dtype.FLOAT64).div(divisor).to(Dtype.INT64);
  }

  /** INT64, as the sum with a {@code double} isn't. */
  private static Tensor plus(Tensor x, long number) {
    return x.add(Tensor.of(new long[] {number}, 1).to(x.device()));
  }
}
