package dev.heed.optim;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Operators;
import dev.heed.tensor.Operators.AdamState;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2), fused
 * into one pass over memory. With gradient g, learning rate η, decay λ and step count t:
 *
 * <pre>
 *   g ← g / max(1, ‖all g‖ / clip)
 *   Adam: g ← g + λ p                    AdamW: p ← p − η λ p
 *   m ← β₁ m + (1 − β₁) g                v ← β₂ v + (1 − β₂) g²
 *   p ← p − η m̂ / (√v̂ + ε)               m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
 * </pre>
 *
 * <p>λ is 0 for vectors (biases, norm gains) and the {@link OptimizerConfig#undecayed} names; η may
 * differ from one {@link ParameterGroup} to the next.
 */
public final class Adam implements Optimizer {
  private record Slot(Trained trained, Tensor m, Tensor v, Tensor step) {
    Tensor parameter() {
      return trained.parameter();
    }

    Group group() {
      return new Group(trained.decay(), trained.factor());
    }
  }

  /** What is one call of the operator. */
  private record Group(double decay, double factor) {}

  private final OptimizerConfig config;
  private final List<Trained> trained;
  private final List<Slot> slots = new ArrayList<>();
  private final Tensor steps; // (parameters): the slots' step counts, each of which is a view
  private final Tensor one;
  private final Tensor forever; // the step count at which the bias correction is exactly 1

  /**
   * The moments are made here, on the parameters' device: construct it where the parameters were
   * made, outside of any step's {@link Scope}.
   *
   * @param parameters at least one, all on one device, such as {@code model.parameters()}
   * @throws dev.heed.config.UserError if a group has no parameter, or nothing would be trained
   */
  public Adam(Map<String, Tensor> parameters, OptimizerConfig config) {
    this.config = config;
    trained = Trained.of(parameters, config);
    Device device = trained.get(0).parameter().device();
    one = Tensor.full(1, Dtype.FLOAT32, device);
    forever = Tensor.full(Double.POSITIVE_INFINITY, Dtype.FLOAT32, device);
    steps = Tensor.zeros(Dtype.FLOAT32, device, trained.size());
    for (Trained t : trained) {
      Tensor p = t.parameter();
      Tensor m = Tensor.zeros(p.dtype(), p.device(), p.shape());
      Tensor v = Tensor.zeros(p.dtype(), p.device(), p.shape());
      slots.add(new Slot(t, m, v, steps.select(0, slots.size())));
    }
  }

  /** One update; the gradients are left as they were clipped. */
  @Override
  @SuppressWarnings("try") // both are there to be closed
  public void step(double lr) {
    try (var noGrad = NoGrad.on();
        var scope = Scope.open()) {
      List<Slot> live = slots.stream().filter(s -> s.parameter().grad().isPresent()).toList();
      if (live.isEmpty()) return;
      if (live.size() == slots.size()) steps.add_(one); // one operation, not one a parameter
      else for (Slot slot : live) slot.step().add_(one);

      Tensor divisor = one;
      if (config.clip() > 0) {
        List<Tensor> gradients = each(live, slot -> slot.parameter().grad().orElseThrow());
        divisor = GradientClip.divisor(GradientClip.norm(gradients, 2), config.clip());
      }
      Tensor divides = divisor.to(Dtype.FLOAT32);
      live.stream()
          .collect(Collectors.groupingBy(Slot::group, LinkedHashMap::new, Collectors.toList()))
          .forEach((group, of) -> update(of, group, lr, divides));
    }
  }

  private void update(List<Slot> slots, Group group, double lr, Tensor divisor) {
    AdamState state =
        new AdamState(
            each(slots, Slot::parameter),
            each(slots, slot -> slot.parameter().grad().orElseThrow()),
            each(slots, Slot::m),
            each(slots, Slot::v),
            each(slots, slot -> config.biasCorrection() ? slot.step() : forever));
    Operators.adam(
        state,
        config.kind() == OptimizerConfig.Kind.ADAMW,
        lr * group.factor(),
        config.beta1(),
        config.beta2(),
        group.decay(),
        config.eps(),
        divisor);
  }

  private static List<Tensor> each(List<Slot> slots, Function<Slot, Tensor> part) {
    return slots.stream().map(part).toList();
  }

  @Override
  public void epoch(long epoch) {
    Trained.epoch(trained, epoch);
  }

  @Override
  public void zeroGrad() {
    for (Slot slot : slots) slot.parameter().clearGrad();
  }

  /** For each parameter its moments {@code name.m} and {@code name.v}, and {@code name.step}. */
  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    for (Slot slot : slots) {
      state.put(slot.trained().name() + ".m", slot.m());
      state.put(slot.trained().name() + ".v", slot.v());
      state.put(slot.trained().name() + ".step", slot.step());
    }
    return state;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Trained.load(state(), state);
  }
}
