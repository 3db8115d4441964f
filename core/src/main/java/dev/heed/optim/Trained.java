package dev.heed.optim;

import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an optimizer changes: a model's parameters but for those that are never trained, each with
 * what sets it apart.
 *
 * @param decay weight decay; 0 for vectors (biases, norm gains) and the undecayed names
 * @param factor what the learning rate is multiplied by
 * @param from the first epoch in which it is trained
 */
record Trained(String name, Tensor parameter, double decay, double factor, int from) {
  /** A layer's number: {@code encoder.layers.11.} */
  private static final Pattern LAYER = Pattern.compile("^(.*?)\\.(\\d+)\\.");

  /**
   * In the parameters' order. One that wants no gradient is left out, as is the base of an adapter;
   * one whose factor is 0 wants none from now on.
   *
   * @throws UserError if a group has no parameter, or nothing would be trained in the first epoch
   */
  static List<Trained> of(Map<String, Tensor> parameters, OptimizerConfig config) {
    Map<String, Double> byDepth = depths(parameters.keySet(), config.layerDecay());
    Set<ParameterGroup> empty = new HashSet<>(config.groups());
    List<Trained> trained = new ArrayList<>();
    parameters.forEach(
        (name, p) -> {
          Optional<ParameterGroup> group =
              config.groups().stream()
                  .filter(g -> Pattern.compile(g.match()).matcher(name).find())
                  .findFirst();
          group.ifPresent(empty::remove);
          ParameterGroup of = group.orElse(ParameterGroup.DEFAULT);
          if (of.factor() == 0) {
            p.requiresGrad(false);
          } else if (p.requiresGrad() || of.from() > 0) {
            boolean decays = p.dims() > 1 && config.undecayed().stream().noneMatch(name::contains);
            double decay = decays ? config.weightDecay() : 0;
            trained.add(new Trained(name, p, decay, of.factor() * byDepth.get(name), of.from()));
          }
        });
    for (ParameterGroup group : config.groups())
      if (empty.contains(group))
        throw new UserError(
            "no parameter is in the group that matches \"%s\": names are such as %s, and the first group that matches counts"
                .formatted(group.match(), parameters.keySet().iterator().next()));
    if (trained.stream().noneMatch(t -> t.from() == 0))
      throw new UserError(
          "nothing would be trained in the first epoch: leave a parameter out of the frozen groups");
    epoch(trained, 0);
    return trained;
  }

  /** As {@link Optimizer#epoch}. */
  static void epoch(List<Trained> trained, long epoch) {
    for (Trained t : trained) if (t.from > 0) t.parameter.requiresGrad(epoch >= t.from);
  }

  /**
   * Layer-wise decay of the learning rate (Howard and Ruder 2018, §3.2, arXiv:1801.06146): 1 for
   * what comes after a stack of L layers, δ for its last layer, δ^L for its first, δ^(L+1) for what
   * comes before it, such as embeddings.
   */
  private static Map<String, Double> depths(Set<String> names, double decay) {
    Map<String, Integer> layers = new HashMap<>(); // of each stack
    for (String name : names) {
      Matcher m = LAYER.matcher(name);
      if (m.find()) layers.merge(m.group(1), Integer.parseInt(m.group(2)) + 1, Math::max);
    }
    Map<String, Double> factors = new LinkedHashMap<>();
    boolean before = true;
    for (String name : names) {
      Matcher m = LAYER.matcher(name);
      if (!m.find()) {
        factors.put(name, 1.0);
        continue;
      }
      int count = layers.get(m.group(1));
      if (before) factors.replaceAll((earlier, one) -> Math.pow(decay, count + 1));
      before = false;
      factors.put(name, Math.pow(decay, count - Integer.parseInt(m.group(2))));
    }
    return factors;
  }

  /**
   * Takes over another run's state.
   *
   * @throws UserError if names or shapes differ
   */
  static void load(Map<String, Tensor> own, Map<String, Tensor> state) {
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
          "the optimizer state doesn't fit this model: %s (%d in all) is absent, unknown or of another shape; resume with the model and the optimizer that it was saved with"
              .formatted(odd.first(), odd.size()));
    own.forEach((name, tensor) -> tensor.copy_(state.get(name)));
  }
}
