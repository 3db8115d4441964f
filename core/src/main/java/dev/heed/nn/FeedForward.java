package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** FFN(x) = act(x W₁ᵀ + b₁) W₂ᵀ + b₂, at each position alone (Vaswani et al. 2017, eq. 2). */
public final class FeedForward extends PositionWise {
  /** Its options. */
  public record Options(
      @Doc(
              "pieces of a text, computed one after the other, whose hidden values never stand side by side")
          int chunks)
      implements FeedForwardKind.OfPositions {
    public Options {
      Sizes.positive("chunks", chunks);
    }

    @Override
    public PositionWise layer(FeedForwards.Place place) {
      Linear in = new Linear(place.d(), place.ffn(), true);
      Linear out = new Linear(place.ffn(), place.d(), true);
      return new FeedForward(in, out, place.activation(), place.dropout(), chunks);
    }
  }

  private final Linear in;
  private final Linear out;
  private final Activation activation;
  private final Dropout dropout;
  private final int chunks;

  public FeedForward(long model, long ffn, Activation activation, double dropout) {
    this(new Linear(model, ffn, true), new Linear(ffn, model, true), activation, dropout, 1);
  }

  private FeedForward(Linear in, Linear out, Activation activation, double dropout, int chunks) {
    this.in = child("in", in);
    this.out = child("out", out);
    this.activation = activation;
    this.dropout = child("dropout", new Dropout(dropout));
    this.chunks = chunks;
  }

  /** The same without b₁ and b₂. */
  public static FeedForward unbiased(long model, long ffn, Activation activation, double dropout) {
    return new FeedForward(
        new Linear(model, ffn, false), new Linear(ffn, model, false), activation, dropout, 1);
  }

  /** The last map, whose output is this part's. */
  public Linear last() {
    return out;
  }

  @Override
  public Tensor forward(Tensor x) {
    if (chunks == 1) return whole(x);
    long length = x.size(-2);
    long size = Sizes.multiple(length, chunks) / chunks;
    List<Tensor> parts = new ArrayList<>(); // Kitaev et al. 2020, "Reformer", section 3
    for (long start = 0; start < length; start += size)
      parts.add(whole(x.narrow(-2, start, Math.min(size, length - start))));
    return Tensor.cat(-2, parts);
  }

  private Tensor whole(Tensor x) {
    Tensor hidden = activation.forward(in.forward(x)); // (…, F)
    return out.forward(dropout.forward(hidden)); // (…, D)
  }
}
