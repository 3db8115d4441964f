package dev.heed.nn;

import dev.heed.tensor.PackedLinear;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** y = x Wᵀ + b, W (out, in). */
public final class Linear extends Module {
  private final Tensor weight;
  private final Optional<Tensor> bias;
  private Optional<PackedLinear> packed = Optional.empty();
  private final List<Branch> branches = new ArrayList<>();

  /** Something learned beside the map, such as a low-rank update. */
  public interface Branch {
    /** What the map's output y (…, out) of x (…, in) becomes; y may be written over. */
    Tensor add(Tensor x, Tensor y);
  }

  public Linear(long in, long out, boolean bias) {
    this(in, List.of(out), 1, bias);
  }

  private Linear(long in, List<Long> outs, double gain, boolean bias) {
    Tensor rows = Init.xavier(outs, in, gain);
    this.weight = parameter("weight", rows, outs);
    this.bias =
        bias ? Optional.of(parameter("bias", Init.zeros(rows.size(0)), outs)) : Optional.empty();
  }

  /**
   * {@code maps} maps of one input computed in one product, their outputs side by side; each starts
   * from its own Xavier bound.
   */
  public static Linear fused(int maps, long in, long out, boolean bias) {
    return new Linear(in, Collections.nCopies(maps, out), 1, bias);
  }

  /** Such maps without biases, the first of which starts from its bound times {@code gain}. */
  public static Linear fused(int maps, long in, long out, double gain) {
    return new Linear(in, Collections.nCopies(maps, out), gain, false);
  }

  /** The same for maps of different widths. */
  public static Linear stacked(long in, boolean bias, long... outs) {
    return new Linear(in, Arrays.stream(outs).boxed().toList(), 1, bias);
  }

  /** (…, in) → (…, out). */
  public Tensor forward(Tensor x) {
    Tensor y = packed.isPresent() ? packed.get().forward(x) : x.linear(weight, bias);
    for (Branch branch : branches) y = branch.add(x, y);
    return y;
  }

  /**
   * Makes products of few rows faster from now on, at the price of a copy of the weights. They must
   * stay as they are and where they are, which is on the CPU, and gradients don't pass any more.
   */
  public void freeze() {
    packed = Optional.of(PackedLinear.of(weight, bias));
  }

  /** Adds a branch, whose parameters are this part's from now on. */
  public <B extends Module & Branch> void branch(String name, B branch) {
    branches.add(child(name, branch));
  }

  /** Takes all branches away. */
  public void unbranch() {
    for (Branch branch : branches) drop((Module) branch);
    branches.clear();
  }

  public Tensor weight() {
    return weight;
  }

  public Optional<Tensor> bias() {
    return bias;
  }
}
