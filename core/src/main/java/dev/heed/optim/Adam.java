package dev.heed.optim;

import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Operators;
import dev.heed.tensor.Operators.AdamState;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;

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
 * <p>λ is 0 for vectors (biases, norm gains) and the {@link OptimizerConfig#undecayed} names.
 */
public final class Adam implements Optimizer {
  private record Slot(
      String name, Tensor parameter, boolean decays, Tensor m, Tensor v, Tensor step) {}

  private final OptimizerConfig config;
  private final List<Slot> slots = new ArrayList<>();
  private final Tensor steps; // (parameters): the slots' step counts, each of which is a view
  private final Tensor one;
  private final Tensor forever; // the step count at which the bias correction is exactly 1

  /**
   * The moments are made here, on the parameters' device: construct it where the parameters were
   * made, outside of any step's {@link Scope}.
   *
   * @param parameters at least one, all on one device, such as {@code model.parameters()}
   */
  public Adam(Map<String, Tensor> parameters, OptimizerConfig config) {
    this.config = config;
    Device device = parameters.values().iterator().next().device();
    one = Tensor.full(1, Dtype.FLOAT32, device);
    forever = Tensor.full(Double.POSITIVE_INFINITY, Dtype.FLOAT32, device);
    steps = Tensor.zeros(Dtype.FLOAT32, device, parameters.size());
    parameters.forEach(
        (name, p) -> {
          boolean decays = p.dims() > 1 && config.undecayed().stream().noneMatch(name::contains);
          Tensor m = Tensor.zeros(p.dtype(), device, p.shape());
          Tensor v = Tensor.zeros(p.dtype(), device, p.shape());
          slots.add(new Slot(name, p, decays, m, v, steps.select(0, slots.size())));
        });
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

      AdamState decayed = group(live, true);
      AdamState undecayed = group(live, false);
      Tensor divisor = one;
      if (config.clip() > 0) {
        List<Tensor> gradients = new ArrayList<>(decayed.gradients());
        gradients.addAll(undecayed.gradients());
        divisor = GradientClip.divisor(GradientClip.norm(gradients, 2), config.clip());
      }
      update(decayed, config.weightDecay(), lr, divisor.to(Dtype.FLOAT32));
      update(undecayed, 0, lr, divisor.to(Dtype.FLOAT32));
    }
  }

  /** What the operator reads for the slots that decay, or for those that don't. */
  private AdamState group(List<Slot> live, boolean decays) {
    List<Slot> group = live.stream().filter(slot -> slot.decays() == decays).toList();
    return new AdamState(
        each(group, Slot::parameter),
        each(group, slot -> slot.parameter().grad().orElseThrow()),
        each(group, Slot::m),
        each(group, Slot::v),
        each(group, slot -> config.biasCorrection() ? slot.step() : forever));
  }

  private static List<Tensor> each(List<Slot> slots, Function<Slot, Tensor> part) {
    return slots.stream().map(part).toList();
  }

  private void update(AdamState group, double decay, double lr, Tensor divisor) {
    if (group.parameters().isEmpty()) return;
    boolean decoupled = config.kind() == OptimizerConfig.Kind.ADAMW;
    Operators.adam(
        group, decoupled, lr, config.beta1(), config.beta2(), decay, config.eps(), divisor);
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
      state.put(slot.name() + ".m", slot.m());
      state.put(slot.name() + ".v", slot.v());
      state.put(slot.name() + ".step", slot.step());
    }
    return state;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Map<String, Tensor> own = state();
    var odd = new TreeSet<>(own.keySet());
    odd.removeAll(state.keySet());
    state.keySet().stream().filter(name -> !own.containsKey(name)).forEach(odd::add);
    own.forEach(
        (name, tensor) -> {
          if (!odd.contains(name) && !Arrays.equals(tensor.shape(), state.get(name).shape()))
            odd.add(name);
        });
    if (!odd.isEmpty())
      throw new UserError(
          "the optimizer state doesn't fit this model: %s (%d in all) is absent, unknown or of another shape; resume with the model that it was saved with"
              .formatted(odd.first(), odd.size()));
    own.forEach((name, tensor) -> tensor.copy_(state.get(name)));
  }
}
