package dev.heed.nn;

import dev.heed.tensor.Tensor;

/**
 * A feed-forward layer whose inputs, hidden values and outputs are parted into groups, each a layer
 * of its own (Jiang et al. 2020, "ConvBERT", section 3.3).
 */
public final class GroupedFeedForward extends Module {
  private final Grouped in;
  private final Grouped out;
  private final Activation activation;

  public GroupedFeedForward(int model, int ffn, int groups, Activation activation) {
    this.in = child("in", new Grouped(model, ffn, groups));
    this.out = child("out", new Grouped(ffn, model, groups));
    this.activation = activation;
  }

  /** (B, T, D) → (B, T, D). */
  public Tensor forward(Tensor x) {
    return out.forward(activation.forward(in.forward(x))); // (B, T, D)
  }

  /** y_g = x_g W_g + b_g. */
  private static final class Grouped extends Module {
    private final Tensor weight; // (G, in/G, out/G)
    private final Tensor bias; // (out)

    Grouped(int in, int out, int groups) {
      Sizes.divides("groups", groups, "in", in);
      Sizes.divides("groups", groups, "out", out);
      double deviation = Math.sqrt(2.0 * groups / (in + out));
      weight = parameter("weight", Init.normal(deviation, groups, in / groups, out / groups));
      bias = parameter("bias", Init.zeros(out));
    }

    /** (B, T, in) → (B, T, out). */
    Tensor forward(Tensor x) {
      long batch = x.size(0);
      long length = x.size(1);
      Tensor parts =
          x.reshape(batch * length, weight.size(0), weight.size(1)).transpose(0, 1); // (G, N, in/G)
      Tensor mapped = parts.bmm(weight).transpose(0, 1); // (N, G, out/G)
      return mapped.reshape(batch, length, bias.size(0)).add(bias); // (B, T, out)
    }
  }
}
