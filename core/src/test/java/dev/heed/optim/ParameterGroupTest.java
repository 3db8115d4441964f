package dev.heed.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link ParameterGroup}s and layer-wise decay, under optimizers of both makes. */
class ParameterGroupTest {
  private static final List<String> NAMES =
      List.of("embed.weight", "layers.0.w", "layers.1.w", "head.w");

  @ParameterizedTest
  @ValueSource(strings = {"kind=adamw", "kind=sgd"})
  void eachGroupHasItsRate(String kind) {
    Map<String, Tensor> parameters = parameters();
    String groups = "groups=[{match: head,factor: 10},{match: '0\\.w$',factor: 0.5}]";
    Optimizer optimizer = UpdateRuleTest.config(kind, "clip=0", groups).create(parameters);
    step(optimizer, parameters);
    assertMoved(parameters, 0.01, 0.005, 0.01, 0.1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kind=adamw", "kind=sgd"})
  void lowerLayersAreSlower(String kind) {
    Map<String, Tensor> parameters = parameters();
    Optimizer optimizer =
        UpdateRuleTest.config(kind, "clip=0", "layerDecay=0.5", "groups=[{match: embed,factor: 4}]")
            .create(parameters);
    step(optimizer, parameters);
    assertMoved(parameters, 4 * 0.01 / 8, 0.01 / 4, 0.01 / 2, 0.01);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kind=adamw", "kind=lion"})
  void whatIsFrozenWakesInItsEpoch(String kind) {
    Map<String, Tensor> parameters = parameters();
    Optimizer optimizer =
        UpdateRuleTest.config(kind, "groups=[{match: embed,factor: 0},{match: layers,from: 2}]")
            .create(parameters);
    assertTrue(optimizer.state().keySet().stream().noneMatch(name -> name.startsWith("embed")));
    for (int epoch = 0; epoch < 4; epoch++) {
      optimizer.epoch(epoch);
      assertFalse(parameters.get("embed.weight").requiresGrad());
      assertEquals(epoch >= 2, parameters.get("layers.0.w").requiresGrad());
      assertTrue(parameters.get("head.w").requiresGrad());
      step(optimizer, parameters);
    }
    assertEquals(1, parameters.get("embed.weight").toFloats()[0]);
    assertEquals(0.98, parameters.get("layers.1.w").toFloats()[0], 1e-3);
    assertEquals(0.96, parameters.get("head.w").toFloats()[0], 1e-3);
  }

  @Test
  void whatWantsNoGradientIsNotTrained() {
    Map<String, Tensor> parameters = parameters();
    parameters.get("layers.0.w").requiresGrad(false); // the base of an adapter, say
    Optimizer adam = OptimizerConfig.DEFAULT.create(parameters);
    adam.epoch(3);
    assertFalse(parameters.get("layers.0.w").requiresGrad());
    assertFalse(adam.state().containsKey("layers.0.w.m"));
  }

  @Test
  void groupsThatMissAreNamed() {
    assertRefused("that matches \"heads\": names are such as embed.weight", "[{match: heads}]");
    assertRefused("that matches \"head\"", "[{match: e},{match: head}]");
    assertRefused("nothing would be trained in the first epoch", "[{match: '',factor: 0}]");
    assertRefused("nothing would be trained", "[{match: layers,factor: 0},{match: '',from: 1}]");
  }

  private static void assertRefused(String why, String groups) {
    OptimizerConfig config = UpdateRuleTest.config("groups=" + groups);
    String message = assertThrows(UserError.class, () -> config.create(parameters())).getMessage();
    assertTrue(message.contains(why), message);
  }

  private static void step(Optimizer optimizer, Map<String, Tensor> parameters) {
    parameters.values().stream()
        .filter(Tensor::requiresGrad)
        .forEach(p -> AdamTest.give(p, Tensor.full(1, Dtype.FLOAT32, Device.CPU, 2, 2)));
    optimizer.step(0.01);
    optimizer.zeroGrad();
  }

  private static void assertMoved(Map<String, Tensor> parameters, double... by) {
    for (int i = 0; i < by.length; i++)
      assertEquals(1 - by[i], parameters.get(NAMES.get(i)).toFloats()[0], 1e-6, NAMES.get(i));
  }

  private static Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (String name : NAMES)
      parameters.put(name, Tensor.full(1, Dtype.FLOAT32, Device.CPU, 2, 2).requiresGrad(true));
    return parameters;
  }
}
