package dev.heed.nn;

import dev.heed.nn.Reversible.Half;
import dev.heed.tensor.Autocast;
import dev.heed.tensor.Custom;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.tensor.WithGrad;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A stack of {@link Reversible} layers in training, of which the output alone is kept: on the way
 * back each half's input is computed from its output, and its graph made anew (Gomez et al. 2017,
 * algorithm 1). Memory doesn't grow with the number of layers, but for copies of the buffers that
 * some have, such as running means.
 *
 * <p>A half computes the second time what it did the first: by the same random numbers, and from
 * the same buffers, which are then left as the first time left them.
 */
@SuppressWarnings("try") // scopes, autocast and gradient modes are there to be closed
public final class Recomputed {
  /** What a half began with. */
  private record Begun(long seed, List<Tensor> buffers) {}

  private final Function<List<Tensor>, List<Half>> halves;
  private final Supplier<Autocast> autocast;
  private final List<Begun> begun = new ArrayList<>();
  private final List<Tensor> constants;

  private Recomputed(
      Function<List<Tensor>, List<Half>> halves,
      List<Tensor> constants,
      Supplier<Autocast> autocast) {
    this.halves = halves;
    this.constants = new ArrayList<>(constants);
    this.autocast = autocast;
  }

  /**
   * Streams (2·B, T, D) → (2·B, T, D).
   *
   * @param given tensors that halves read and that gradients go to, such as an encoder's output
   * @param constants what else halves read that is no weight or buffer: kept for the way back
   * @param halves all layers', in order, made of what stands for {@code given}: they share nothing
   *     with those made before, such as masks that remember
   */
  public static Tensor forward(
      Tensor streams,
      List<Tensor> given,
      List<Tensor> constants,
      Function<List<Tensor>, List<Half>> halves) {
    Recomputed run = new Recomputed(halves, constants, Autocast.now(streams.device()));
    List<Tensor> inputs = new ArrayList<>();
    // Weights get gradients though what they are applied to wants none.
    inputs.add(streams.requiresGrad() ? streams : streams.detach().requiresGrad(true));
    inputs.addAll(given);
    return Custom.apply(inputs, run.constants, run::forward, run::backward);
  }

  private Tensor forward(List<Tensor> inputs) {
    try (Scope all = Scope.open()) {
      Tensor streams = inputs.get(0);
      for (Half half : halves.apply(inputs.subList(1, inputs.size()))) {
        Begun start = new Begun(Randomness.next(), buffers(half));
        begun.add(start);
        for (Tensor buffer : start.buffers()) constants.add(all.keep(buffer));
        Tensor before = streams;
        Randomness.seed(start.seed());
        streams = Scope.within(() -> half.forward(before));
        if (before != inputs.get(0)) all.release(before);
      }
      return all.keep(streams);
    }
  }

  private static List<Tensor> buffers(Half half) {
    return copies(half.layer().buffers().values());
  }

  private static List<Tensor> copies(Collection<Tensor> tensors) {
    List<Tensor> copies = new ArrayList<>();
    for (Tensor tensor : tensors) copies.add(tensor.copy());
    return copies;
  }

  private List<Tensor> backward(List<Tensor> inputs, Tensor output, Tensor gradient) {
    List<Tensor> given = new ArrayList<>();
    for (Tensor input : inputs.subList(1, inputs.size()))
      given.add(input.detach().requiresGrad(true));
    long after = Randomness.next();
    Tensor streams = output;
    Tensor slope = gradient;
    for (int i = begun.size() - 1; i >= 0; i--) {
      try (Scope step = Scope.open();
          Autocast as = autocast.get()) {
        Tensor read = Reversible.stream(streams, 0).detach().requiresGrad(true);
        Tensor sum = Reversible.stream(streams, 1);
        Tensor sumSlope = Reversible.stream(slope, 1);
        Tensor added = again(halves.apply(given).get(i), begun.get(i), read, sumSlope);
        Tensor readSlope = Reversible.stream(slope, 0);
        Tensor through = read.grad().map(readSlope::add).orElse(readSlope);
        streams = step.keep(Reversible.both(sum.sub(added), read.detach()));
        slope = step.keep(Reversible.both(sumSlope, through));
      }
    }
    Randomness.seed(after);
    List<Tensor> slopes = new ArrayList<>(List.of(slope));
    for (Tensor each : given)
      slopes.add(
          each.grad().orElseGet(() -> Tensor.zeros(each.dtype(), each.device(), each.shape())));
    return slopes;
  }

  /** What a half adds, computed again; gradients go to its weights and to what it reads. */
  private static Tensor again(Half half, Begun start, Tensor read, Tensor slope) {
    List<Tensor> own = new ArrayList<>(half.layer().buffers().values());
    List<Tensor> now = copies(own);
    fill(own, start.buffers());
    Randomness.seed(start.seed());
    Tensor added;
    try (WithGrad on = WithGrad.on()) {
      added = half.added().apply(read);
    }
    List<Tensor> forward = copies(own);
    added.backward(slope.to(added.dtype()));
    for (int i = 0; i < own.size(); i++) // what the way back has changed stays so
    if (same(own.get(i), forward.get(i))) own.get(i).copy_(now.get(i));
    return added.detach();
  }

  private static void fill(List<Tensor> buffers, List<Tensor> values) {
    for (int i = 0; i < buffers.size(); i++) buffers.get(i).copy_(values.get(i));
  }

  private static boolean same(Tensor a, Tensor b) {
    return Arrays.equals(a.toDoubles(), b.toDoubles());
  }
}
