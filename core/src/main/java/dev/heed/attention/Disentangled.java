package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Dropout;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Disentangled attention (He et al. 2021, "DeBERTa", eq. 2 to 4): a score is the sum of what two
 * tokens' contents say to each other and of what each content says to the other's relative place,
 *
 * <pre>
 * A(i, j) = Q_i · K_j  +  Q_i · Kʳ_δ(i,j)  +  K_j · Qʳ_δ(i,j)
 * weights = softmax(A / √(n Dh)),   n the number of terms
 * </pre>
 *
 * <p>where δ is the bucket of i − j and Kʳ and Qʳ are projected from vectors that all layers share.
 * B batch, H heads, T tokens, Dh head size, N twice the largest bucket.
 */
public final class Disentangled extends Module {
  /** The terms beside that of content to content, and whose projections they use. */
  public record Terms(boolean contentToPosition, boolean positionToContent, boolean shared) {
    /** How many terms a score has. */
    private int count() {
      return 1 + (contentToPosition ? 1 : 0) + (positionToContent ? 1 : 0);
    }
  }

  /**
   * Relative places.
   *
   * @param vectors (N, D)
   * @param buckets INT64 (T, T), from 0 up to N − 1
   */
  public record Places(Tensor vectors, Tensor buckets) {}

  /** What a forbidden score becomes, and takes no gradient. */
  private static final double FORBIDDEN = -1e30;

  private final int heads;
  private final Terms terms;
  private final double scale;
  private final Linear qkv;
  private final Optional<Linear> placeKey;
  private final Optional<Linear> placeQuery;
  private final Dropout dropout;
  private final Dropout placeDropout;
  private final Linear out;

  /**
   * @param relative whether {@link #forward} is given places
   * @param dropout of keys
   * @param placeDropout of the vectors of places
   */
  public Disentangled(
      int model, int heads, Terms terms, boolean relative, double dropout, double placeDropout) {
    this.heads = heads;
    this.terms = terms;
    this.scale = 1 / Math.sqrt((double) model / heads * terms.count());
    this.qkv = child("qkv", Linear.fused(3, model, model, true));
    boolean own = relative && !terms.shared();
    this.placeKey = map("placeKey", model, own && terms.contentToPosition());
    this.placeQuery = map("placeQuery", model, own && terms.positionToContent());
    this.dropout = child("dropout", new Dropout(dropout));
    this.placeDropout = child("placeDropout", new Dropout(placeDropout));
    this.out = child("out", new Linear(model, model, true));
  }

  private Optional<Linear> map(String name, int model, boolean wanted) {
    return wanted ? Optional.of(child(name, new Linear(model, model, true))) : Optional.empty();
  }

  /**
   * (B, T, D) → (B, T, D). A token that may attend to nothing attends to everything alike. Shows
   * the weights (B, H, T, T) as {@code attentions}.
   */
  public Tensor forward(Tensor x, Optional<Places> places, Mask mask) {
    Tensor[] maps = split(qkv.forward(x), 3); // 3 × (B, H, T, Dh)
    return attend(maps[0], new KeyValues(maps[1], maps[2]), places, mask);
  }

  /**
   * The same to the tokens of the passes before too, S keys; buckets (P, 1, T, S), P being B or 1.
   */
  Tensor forward(Tensor x, Places places, Pass pass) {
    Tensor[] maps = split(qkv.forward(x), 3); // 3 × (B, H, T, Dh)
    KeyValues all = pass.extend(this, maps[1], maps[2]); // (B, H, S, Dh)
    return attend(maps[0], all, Optional.of(places), pass.mask());
  }

  private Tensor attend(Tensor q, KeyValues read, Optional<Places> places, Mask mask) {
    Tensor k = read.keys();
    Tensor content = q.matmul(k.transpose(2, 3)); // (B, H, T, S)
    Tensor sum = places.map(given -> withPlaces(content, q, k, given)).orElse(content);
    Tensor scores = sum.mul(scale);
    Tensor allowed =
        mask.allowed(q.size(2), k.size(2), q.device())
            .map(pairs -> scores.maskedFill(pairs.logicalNot(), FORBIDDEN))
            .orElse(scores);
    Tensor weights = show("attentions", allowed.softmax(-1)); // (B, H, T, S)
    Tensor attended = weights.matmul(dropout.rows(read.values())); // (B, H, T, Dh)
    long width = q.size(1) * q.size(3);
    return out.forward(attended.transpose(1, 2).reshape(q.size(0), q.size(2), width)); // (B, T, D)
  }

  /** The scores with the terms that know places, (B, H, T, S). */
  private Tensor withPlaces(Tensor scores, Tensor q, Tensor k, Places places) {
    Tensor vectors = placeDropout.forward(places.vectors()).unsqueeze(0); // (1, N, D)
    Tensor[] shared =
        terms.shared() ? split(qkv.forward(vectors), 3) : new Tensor[0]; // 3 × (1, H, N, Dh)
    Tensor sum = scores;
    if (terms.contentToPosition()) {
      Tensor keys =
          placeKey.map(map -> split(map.forward(vectors), 1)[0]).orElseGet(() -> shared[1]);
      sum = sum.add(pick(q, keys, places.buckets()));
    }
    if (terms.positionToContent()) {
      Tensor queries =
          placeQuery.map(map -> split(map.forward(vectors), 1)[0]).orElseGet(() -> shared[0]);
      sum = sum.add(pick(k, queries, places.buckets().transpose(-2, -1)).transpose(2, 3));
    }
    return sum;
  }

  /** (B, L, maps·D) → maps × (B, H, L, Dh). */
  private Tensor[] split(Tensor projected, int maps) {
    long headSize = projected.size(2) / ((long) maps * heads);
    return projected
        .view(projected.size(0), projected.size(1), maps, heads, headSize)
        .permute(2, 0, 3, 1, 4) // (maps, B, H, L, Dh)
        .contiguous()
        .unbind(0);
  }

  /** content (B, H, T, Dh) · place (1, H, N, Dh), of which a row picks what {@code buckets} say. */
  private static Tensor pick(Tensor content, Tensor place, Tensor buckets) {
    Tensor all = content.matmul(place.transpose(2, 3)); // (B, H, T, N)
    return all.gather(
        3,
        buckets.expand(
            content.size(0), content.size(1), content.size(2), buckets.size(-1))); // (B, H, T, S)
  }
}
