package dev.heed.train;

import dev.heed.nn.ExpertLayer;
import dev.heed.nn.Module;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * What the layers with experts of a model cost and tell: {@code routerLoss}, their losses' sum;
 * {@code routerEntropy} and {@code routerDropped}, means over them; {@code expertTokens}, how many
 * tokens each expert of each took. {@link ExpertLayer} says what these are.
 */
final class Routers {
  private final Map<String, ExpertLayer> layers = new LinkedHashMap<>();

  Routers(Module model) {
    model.visit(
        "",
        (prefix, part) -> {
          if (part instanceof ExpertLayer layer) layers.put(prefix.replaceFirst("\\.$", ""), layer);
        });
  }

  /**
   * A pass with its routers' losses, which count as often as the batch has tokens.
   *
   * @param weight of the batch
   */
  Objective.Loss during(Supplier<Objective.Loss> pass, double weight, double divisor) {
    if (layers.isEmpty()) return pass.get();
    UnaryOperator<Tensor> keeper = Scope.keeper();
    Map<String, Map<String, Tensor>> shown = new TreeMap<>(); // [name][layer]
    layers.forEach(
        (name, layer) ->
            layer.watch(
                each ->
                    shown
                        .computeIfAbsent(each.name(), first -> new LinkedHashMap<>())
                        .put(name, keeper.apply(each.value()))));
    Objective.Loss loss;
    try {
      loss = pass.get();
    } finally {
      layers.values().forEach(Module::unwatch);
    }
    Map<String, Object> told = new LinkedHashMap<>();
    List<Tensor> costs = List.copyOf(shown.getOrDefault("router_loss", Map.of()).values());
    Tensor value = loss.value();
    double sum = loss.sum();
    if (!costs.isEmpty() && value.requiresGrad()) {
      Tensor cost = costs.stream().reduce(Tensor::add).orElseThrow();
      value = value.add(cost.to(value.dtype()), weight / divisor);
      sum += cost.item() * weight;
      told.put("routerLoss", cost.item());
    }
    tell(told, "routerEntropy", shown.get("router_entropy"));
    tell(told, "routerDropped", shown.get("router_dropped"));
    Map<String, long[]> tokens = new TreeMap<>();
    shown
        .getOrDefault("router_tokens", Map.of())
        .forEach((layer, each) -> tokens.put(layer, each.toLongs()));
    if (!tokens.isEmpty()) told.put("expertTokens", tokens);
    return new Objective.Loss(value, sum, loss.nll(), told);
  }

  private static void tell(Map<String, Object> told, String name, Map<String, Tensor> each) {
    if (each == null) return;
    told.put(name, each.values().stream().mapToDouble(Tensor::item).average().orElseThrow());
  }
}
