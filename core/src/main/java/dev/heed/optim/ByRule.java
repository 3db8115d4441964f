package dev.heed.optim;

import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An optimizer that goes from parameter to parameter with an {@link UpdateRule}. */
final class ByRule implements Optimizer {
  private final UpdateRule rule;
  private final double clip;
  private final List<Trained> trained;
  private final List<Map<String, Tensor>> states = new ArrayList<>(); // of each trained one

  /** As {@link Adam}'s: the state is made here. */
  ByRule(UpdateRule rule, Map<String, Tensor> parameters, OptimizerConfig config) {
    this.rule = rule;
    this.clip = config.clip();
    this.trained = Trained.of(parameters, config);
    for (Trained t : trained) states.add(rule.state(t.parameter()));
  }

  /** One update; the gradients are left as they were. */
  @Override
  @SuppressWarnings("try") // both are there to be closed
  public void step(double lr) {
    try (var noGrad = NoGrad.on();
        var scope = Scope.open()) {
      List<Tensor> gradients =
          trained.stream().flatMap(t -> t.parameter().grad().stream()).toList();
      if (gradients.isEmpty()) return;
      double rate = rule.rate(lr);
      boolean clips = clip > 0;
      Tensor norm = GradientClip.norm(gradients, 2);
      Tensor divisor = clips ? GradientClip.divisor(norm, clip) : norm;
      for (int i = 0; i < trained.size(); i++) {
        Trained t = trained.get(i);
        Map<String, Tensor> state = states.get(i);
        t.parameter()
            .grad()
            .map(g -> clips ? g.div(divisor) : g)
            .ifPresent(g -> rule.step(t.parameter(), g, rate * t.factor(), t.decay(), state));
      }
    }
  }

  @Override
  public void epoch(long epoch) {
    Trained.epoch(trained, epoch);
  }

  @Override
  public void zeroGrad() {
    for (Trained t : trained) t.parameter().clearGrad();
  }

  /** For each parameter what its rule keeps, as {@code name.what}. */
  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (int i = 0; i < trained.size(); i++) {
      String name = trained.get(i).name();
      states.get(i).forEach((what, tensor) -> all.put(name + "." + what, tensor));
    }
    return all;
  }

  @Override
  public void load(Map<String, Tensor> state) {
    Trained.load(state(), state);
  }
}
