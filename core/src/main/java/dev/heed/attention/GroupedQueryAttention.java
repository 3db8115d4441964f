package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.data.Mask;
import dev.heed.nn.Linear;
import dev.heed.nn.Sizes;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * Self-attention in which runs of query heads share the keys and values of a group (Ainslie et al.
 * 2023, "GQA", section 2.2). G = H is multi-head attention, G = 1 multi-query (Shazeer 2019). One
 * product makes queries, keys and values, and one turns queries and keys where positions are
 * rotary.
 */
public final class GroupedQueryAttention extends Mixer {
  /** Its options. */
  public record Options(
      @Doc("G: heads of keys and values, which divide `heads`; 1 = multi-query") int groups)
      implements Mechanism {
    public Options {
      Sizes.positive("groups", groups);
    }

    @Override
    public Traits traits() {
      return new Traits(true, false, false, true, true, Traits.Complexity.QUADRATIC);
    }

    @Override
    public boolean turns() {
      return true;
    }

    @Override
    public Mixer self(Place place) {
      Shape shape = new Shape(place.d(), place.heads(), groups, place.headSize());
      return new GroupedQueryAttention(shape, true, true, place.dropout());
    }
  }

  /**
   * @param model D
   * @param heads H
   * @param groups G, which divides H
   * @param headSize Dh
   */
  public record Shape(int model, int heads, int groups, int headSize) {
    public Shape {
      Sizes.positive("model", model);
      Sizes.divides("groups", groups, "heads", heads);
      Sizes.positive("headSize", headSize);
    }
  }

  private final Shape shape;
  private final Linear qkv;
  private final MultiHead heads;

  /**
   * @param bias of queries, keys and values
   * @param outBias of the output
   */
  public GroupedQueryAttention(Shape shape, boolean bias, boolean outBias, double dropout) {
    long queries = (long) shape.heads() * shape.headSize();
    long keys = (long) shape.groups() * shape.headSize();
    this.shape = shape;
    this.qkv = child("qkv", Linear.stacked(shape.model(), bias, queries, keys, keys));
    this.heads =
        child(
            "heads",
            new MultiHead(
                shape.heads(),
                new ScaledDotProduct(),
                dropout,
                new Linear(queries, shape.model(), outBias)));
  }

  public Shape shape() {
    return shape;
  }

  /**
   * (B, T, D) → (B, T, D).
   *
   * @param mask the pass's, or one derived from it
   */
  public Tensor forward(Tensor x, Rotation rotation, Mask mask, Pass pass) {
    return forward(x, Optional.of(rotation), mask, pass);
  }

  /** (B, T, D) → (B, T, D). */
  @Override
  public Tensor forward(Tensor x, Pass pass) {
    return forward(x, pass.rotation(), pass.mask(), pass);
  }

  private Tensor forward(Tensor x, Optional<Rotation> rotation, Mask mask, Pass pass) {
    int h = shape.heads();
    int g = shape.groups();
    Tensor maps = qkv.forward(x).view(x.size(0), x.size(1), h + 2 * g, -1); // (B, T, H + 2G, Dh)
    Tensor both = maps.narrow(2, 0, h + g); // (B, T, H + G, Dh)
    Tensor turned =
        rotation.map(r -> r.turn(both)).orElse(both).transpose(1, 2); // (B, H + G, T, Dh)
    Tensor values = maps.narrow(2, h + g, g).transpose(1, 2); // (B, G, T, Dh)
    KeyValues all = pass.extend(this, turned.narrow(1, h, g), values); // (B, G, S, Dh)
    return heads.forward(turned.narrow(1, 0, h), all.keys(), all.values(), mask); // (B, T, D)
  }
}
