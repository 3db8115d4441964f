package dev.heed.nn;

import dev.heed.tensor.PackedLinear;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** y = x Wᵀ + b, W (out, in). */
public final class Linear extends Module {
  private final Tensor weight;
  private final Optional<Tensor> bias;
  private Optional<PackedLinear> packed = Optional.empty();

  public Linear(long in, long out, boolean bias) {
    this(List.of(Init.xavier(out, in)), bias);
  }

  private Linear(List<Tensor> blocks, boolean bias) {
    Tensor rows = blocks.size() == 1 ? blocks.get(0) : Tensor.cat(0, blocks);
    this.weight = parameter("weight", rows);
    this.bias = bias ? Optional.of(parameter("bias", Init.zeros(rows.size(0)))) : Optional.empty();
  }

  /**
   * {@code maps} maps of one input computed in one product, their outputs side by side; each starts
   * from its own Xavier bound.
   */
  public static Linear fused(int maps, long in, long out, boolean bias) {
    List<Tensor> blocks = new ArrayList<>();
    for (int i = 0; i < maps; i++) blocks.add(Init.xavier(out, in));
    return new Linear(blocks, bias);
  }

  /** (…, in) → (…, out). */
  public Tensor forward(Tensor x) {
    return packed.isPresent() ? packed.get().forward(x) : x.linear(weight, bias);
  }

  /**
   * Makes products of few rows faster from now on, at the price of a copy of the weights. They must
   * stay as they are and where they are, which is on the CPU, and gradients don't pass any more.
   */
  public void freeze() {
    packed = Optional.of(PackedLinear.of(weight, bias));
  }

  public Tensor weight() {
    return weight;
  }

  public Optional<Tensor> bias() {
    return bias;
  }
}
