package dev.heed.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleCases;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.optim.OptimizerConfig.Kind;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Adam} against the published steps, and what is its own: groups, resuming, messages. */
class AdamTest {
  static List<OracleCases.Case> cases() {
    var cases =
        OracleCases.of("oracle/training_optimizers").stream()
            .filter(c -> c.name().startsWith("adam"))
            .toList();
    assertTrue(cases.size() >= 4, "Adam's cases, of which there are " + cases);
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyStepIsThePublishedOne(OracleCases.Case c) {
    double[] s = c.in("settings").toDoubles(); // lr, beta1, beta2, eps, decay
    Kind kind = c.name().startsWith("adamw") ? Kind.ADAMW : Kind.ADAM;
    boolean biasCorrection = !c.name().endsWith("_bf_off");
    long count = c.in("p").count();
    Tensor p = c.in("p").copy().view(1, count).requiresGrad(true); // a matrix: vectors don't decay
    Optimizer adam =
        new OptimizerConfig(kind, s[1], s[2], s[3], s[4], List.of(), biasCorrection, 0)
            .create(Map.of("p", p));
    Tensor gradients = c.in("g");
    for (int t = 0; t < gradients.size(0); t++) {
      give(p, gradients.select(0, t).reshape(1, count));
      adam.step(s[0]);
      Tensor expected = c.out("p").select(0, t).reshape(1, count);
      OracleCases.assertClose(c.name() + " step " + (t + 1), expected, p, 1e-12, 0);
    }
  }

  @Test
  void vectorsAndNamedMatricesDoNotDecay() {
    Map<String, Tensor> parameters = parameters();
    var config = new OptimizerConfig(Kind.ADAMW, 0.9, 0.98, 1e-9, 0.5, List.of("embed"), true, 1);
    Optimizer adam = new Adam(parameters, config);
    parameters.values().forEach(p -> give(p, Tensor.zeros(Dtype.FLOAT32, Device.CPU, p.shape())));
    adam.step(0.1);
    assertEquals(0.95f, parameters.get("linear.weight").toFloats()[0], 1e-7);
    assertEquals(1, parameters.get("linear.bias").toFloats()[0]);
    assertEquals(1, parameters.get("embed.weight").toFloats()[0]);
  }

  @Test
  void whatHasNoGradientStaysAndIsNotCounted() {
    Map<String, Tensor> parameters = parameters();
    Optimizer adam = new Adam(parameters, OptimizerConfig.DEFAULT);
    adam.step(0.1); // nothing to do
    give(parameters.get("linear.bias"), Tensor.of(new float[] {1, 2}, 2));
    adam.step(0.1);
    assertEquals(1, parameters.get("linear.weight").toFloats()[0]);
    assertEquals(0, adam.state().get("linear.weight.step").item());
    assertEquals(0.9, parameters.get("linear.bias").toFloats()[0], 1e-6); // by lr · sign(g)
    assertEquals(1, adam.state().get("linear.bias.step").item());
    adam.zeroGrad();
    assertTrue(parameters.get("linear.bias").grad().isEmpty());
  }

  @Test
  @SuppressWarnings("try") // the scope is there to be closed
  void theStateOutlivesTheScopesOfItsSteps() {
    Map<String, Tensor> parameters = parameters();
    Optimizer adam = new Adam(parameters, OptimizerConfig.DEFAULT);
    for (int step = 0; step < 3; step++) {
      try (Scope scope = Scope.open()) {
        parameters.values().forEach(p -> p.mul(p).sum().backward());
        adam.step(0.1);
        adam.zeroGrad();
      }
    }
    assertEquals(3, adam.state().get("embed.weight.step").item());
    assertTrue(adam.state().get("embed.weight.m").toFloats()[0] > 0);
    assertEquals(0.7, parameters.get("embed.weight").toFloats()[0], 0.01);
  }

  @Test
  void theStateOfAnotherModelIsRefused() {
    Adam adam = new Adam(parameters(), OptimizerConfig.DEFAULT);
    Map<String, Tensor> state = new LinkedHashMap<>(adam.state());
    Tensor moment = state.remove("linear.bias.m");
    assertTrue(refusal(adam, state).contains("linear.bias.m (1 in all) is absent"));
    state.put("linear.bias.m", moment.view(1, 2));
    assertTrue(refusal(adam, state).contains("linear.bias.m (1 in all)"));
    state.put("linear.bias.m", moment);
    state.put("a.m", moment);
    assertTrue(refusal(adam, state).contains("a.m (1 in all)"));
  }

  private static String refusal(Adam adam, Map<String, Tensor> state) {
    return assertThrows(UserError.class, () -> adam.load(state)).getMessage();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, Double.NaN, Double.POSITIVE_INFINITY})
  void impossibleNumbersAreNamed(double wrong) {
    double[] right = {0.9, 0.98, 1e-9, 0, 1};
    List<String> names = List.of("beta1", "beta2", "eps", "weightDecay", "clip");
    for (int i = 0; i < right.length; i++) {
      double[] v = right.clone();
      v[i] = wrong;
      var error =
          assertThrows(
              IllegalArgumentException.class,
              () -> new OptimizerConfig(Kind.ADAM, v[0], v[1], v[2], v[3], List.of(), true, v[4]));
      assertTrue(error.getMessage().startsWith(names.get(i) + " must be"), error.getMessage());
      assertTrue(error.getMessage().endsWith("not " + wrong), error.getMessage());
    }
  }

  @Test
  void theDefaultIsAdamWWithTheBetasOfThePaper() {
    OptimizerConfig config = OptimizerConfig.DEFAULT;
    assertEquals(Kind.ADAMW, config.kind());
    assertArrayEquals(
        new double[] {0.9, 0.98, 1e-9, 0, 1},
        new double[] {
          config.beta1(), config.beta2(), config.eps(), config.weightDecay(), config.clip()
        });
  }

  @Test
  void theConfigurationIsReadLikeAnyOther() {
    String text = "kind: adam\nweightDecay: 0.01\nundecayed: [embed]\n";
    OptimizerConfig d = OptimizerConfig.DEFAULT;
    assertEquals(
        new OptimizerConfig(
            Kind.ADAM, d.beta1(), d.beta2(), d.eps(), 0.01, List.of("embed"), true, d.clip()),
        Configs.parse(text, "optimizer.yaml", d, List.of()));
  }

  private static Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (String name : List.of("embed.weight", "linear.weight"))
      parameters.put(name, Tensor.full(1, Dtype.FLOAT32, Device.CPU, 3, 2).requiresGrad(true));
    parameters.put("linear.bias", Tensor.full(1, Dtype.FLOAT32, Device.CPU, 2).requiresGrad(true));
    return parameters;
  }

  /** Leaves exactly this gradient. */
  static void give(Tensor parameter, Tensor gradient) {
    parameter.clearGrad();
    parameter.mul(gradient).sum().backward();
  }
}
