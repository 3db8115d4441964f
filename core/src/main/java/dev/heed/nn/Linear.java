package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** y = x Wᵀ + b, W (out, in). */
public final class Linear extends Module {
  private final Tensor weight;
  private final Optional<Tensor> bias;

  public Linear(long in, long out, boolean bias) {
    this(in, List.of(out), bias);
  }

  private Linear(long in, List<Long> outs, boolean bias) {
    List<Tensor> blocks = outs.stream().map(out -> Init.xavier(out, in)).toList();
    Tensor rows = blocks.size() == 1 ? blocks.get(0) : Tensor.cat(0, blocks);
    this.weight = parameter("weight", rows, outs);
    this.bias =
        bias ? Optional.of(parameter("bias", Init.zeros(rows.size(0)), outs)) : Optional.empty();
  }

  /**
   * {@code maps} maps of one input computed in one product, their outputs side by side; each starts
   * from its own Xavier bound.
   */
  public static Linear fused(int maps, long in, long out, boolean bias) {
    return new Linear(in, Collections.nCopies(maps, out), bias);
  }

  /** The same for maps of different widths. */
  public static Linear stacked(long in, boolean bias, long... outs) {
    return new Linear(in, Arrays.stream(outs).boxed().toList(), bias);
  }

  /** (…, in) → (…, out). */
  public Tensor forward(Tensor x) {
    return x.linear(weight, bias);
  }

  public Tensor weight() {
    return weight;
  }

  public Optional<Tensor> bias() {
    return bias;
  }
}
