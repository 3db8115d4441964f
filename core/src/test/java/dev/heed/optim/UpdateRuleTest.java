package dev.heed.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleCases;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Sgd}, {@link Lion} and {@link Adafactor} against the published steps. */
class UpdateRuleTest {
  private static final List<String> KINDS =
      List.of(
          "kind=sgd",
          "kind=sgd momentum=0.9 weightDecay=0.1",
          "kind=sgd momentum=0.9 nesterov=true",
          "kind=lion weightDecay=0.1",
          "kind=adafactor",
          "kind=adafactor relativeStep=true momentum=0.9");

  static List<String> kinds() {
    return KINDS;
  }

  static List<OracleCases.Case> cases() {
    var cases =
        OracleCases.of("oracle/training_optimizers").stream()
            .filter(c -> !c.name().startsWith("adam")) // AdamTest's
            .toList();
    assertTrue(cases.size() >= 3, "cases of these rules, of which there are " + cases);
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyStepIsThePublishedOne(OracleCases.Case c) {
    double[] s = c.in("settings").toDoubles();
    String rule = c.name().replaceFirst("_.*", "");
    OptimizerConfig config =
        switch (rule) {
          case "sgd" ->
              config(
                  "momentum=" + s[1],
                  "weightDecay=" + s[2],
                  "nesterov=" + (s[3] != 0),
                  "clip=0",
                  "kind=sgd");
          case "lion" ->
              config(
                  "beta1=" + s[1], "beta2=" + s[2], "weightDecay=" + s[3], "clip=0", "kind=lion");
          case "adafactor" ->
              config(
                  "relativeStep=" + (s[1] != 0),
                  "momentum=" + (s.length > 2 ? s[2] : 0),
                  "clip=0",
                  "kind=adafactor");
          default -> throw new AssertionError("no optimizer for " + c.name());
        };
    Tensor p = c.in("p").copy().requiresGrad(true);
    Optimizer optimizer = config.create(Map.of("p", p));
    for (int t = 0; t < c.in("g").size(0); t++) {
      AdamTest.give(p, c.in("g").select(0, t));
      optimizer.step(s[0]);
      OracleCases.assertClose(c.name() + " step " + (t + 1), c.out("p").select(0, t), p, 1e-12, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aResumedRunIsTheUninterruptedOne(String options) {
    OptimizerConfig config = config(options.split(" "));
    Map<String, Tensor> whole = parameters();
    Optimizer uninterrupted = config.create(whole);
    for (int t = 1; t <= 3; t++) step(uninterrupted, whole, t);
    Map<String, Tensor> resumed = new LinkedHashMap<>();
    whole.forEach((name, p) -> resumed.put(name, p.detach().copy().requiresGrad(true)));
    Map<String, Tensor> saved = new LinkedHashMap<>();
    uninterrupted.state().forEach((name, t) -> saved.put(name, t.copy()));
    Optimizer second = config.create(resumed);
    second.load(saved);
    for (int t = 4; t <= 6; t++) {
      step(uninterrupted, whole, t);
      step(second, resumed, t);
    }
    whole.forEach((name, p) -> assertArrayEquals(p.toFloats(), resumed.get(name).toFloats(), name));
    saved.put("other", Tensor.zeros(Dtype.FLOAT32, Device.CPU, 1));
    assertTrue(
        assertThrows(UserError.class, () -> second.load(saved)).getMessage().contains("other"));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatHasNoGradientStays(String options) {
    Map<String, Tensor> parameters = parameters();
    float[] before = parameters.get("a.bias").toFloats();
    Optimizer optimizer = config(options.split(" ")).create(parameters);
    optimizer.step(0.1); // nothing to do
    Tensor weight = parameters.get("a.weight");
    AdamTest.give(weight, Tensor.full(1, Dtype.FLOAT32, Device.CPU, weight.shape()));
    float first = weight.toFloats()[0];
    optimizer.step(0.1);
    assertArrayEquals(before, parameters.get("a.bias").toFloats());
    assertTrue(weight.toFloats()[0] < first);
    optimizer.zeroGrad();
    assertTrue(weight.grad().isEmpty());
  }

  @Test
  void gradientsAreClippedTogether() {
    Map<String, Tensor> parameters = parameters();
    Tensor bias = parameters.get("a.bias");
    float[] before = bias.toFloats();
    Optimizer sgd = config("kind=sgd", "clip=0.5").create(parameters);
    AdamTest.give(bias, Tensor.of(new float[] {3, 0, 4}, 3));
    sgd.step(1);
    assertEquals(before[0] - 0.3, bias.toFloats()[0], 1e-6);
    assertEquals(before[2] - 0.4, bias.toFloats()[2], 1e-6);
  }

  @Test
  void kernelsOfConvolutionsAreFactoredOverTheirLastTwoDimensions() {
    Tensor p = Tensor.full(1, Dtype.FLOAT64, Device.CPU, 2, 3, 4).requiresGrad(true);
    Optimizer adafactor = config("kind=adafactor").create(Map.of("p", p));
    assertArrayEquals(new long[] {2, 3}, adafactor.state().get("p.r").shape());
    assertArrayEquals(new long[] {2, 4}, adafactor.state().get("p.c").shape());
    AdamTest.give(p, Tensor.full(2, Dtype.FLOAT64, Device.CPU, 2, 3, 4));
    adafactor.step(0.1); // equal gradients: u = 1
    for (double value : p.toDoubles()) assertEquals(0.9, value, 1e-12);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kind=sgd beta1=0.8 | beta1 is an option of adam, adamw and lion, not of sgd",
        "kind=adafactor beta2=0.8 | beta2 is an option of adam, adamw and lion, not of adafactor",
        "kind=lion eps=1e-8 | eps is an option of adam and adamw, not of lion",
        "kind=lion biasCorrection=false | biasCorrection is an option of",
        "kind=adafactor weightDecay=0.1 | weightDecay is an option of",
        "momentum=0.9 | momentum is an option of sgd and adafactor, not of adamw",
        "kind=lion nesterov=true | nesterov is an option of sgd, not of lion",
        "kind=sgd nesterov=true | nesterov needs a momentum above 0",
        "kind=sgd relativeStep=true | relativeStep is an option of adafactor",
        "kind=sgd momentum=1 | momentum must be at least 0 and below 1, not 1.0",
        "layerDecay=0 | layerDecay must be above 0, at most 1, not 0.0",
        "groups=[{\"match\":\"(\"}] | match must be a regular expression, not (",
        "groups=[{\"match\":\"a\",\"factor\":-1}] | factor must be at least 0, not -1.0",
        "groups=[{\"match\":\"a\",\"from\":-1}] | from must be at least 0, not -1",
      })
  void optionsThatMakeNoSenseAreRefused(String line) {
    String[] parts = line.split(" \\| ", 2);
    String message = assertThrows(UserError.class, () -> config(parts[0].split(" "))).getMessage();
    assertTrue(message.contains(parts[1]), message);
  }

  static OptimizerConfig config(String... options) {
    return Configs.parse("", "o.yaml", OptimizerConfig.DEFAULT, List.of(options));
  }

  private static Map<String, Tensor> parameters() {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("a.weight", numbers(1, 2, 3));
    parameters.put("a.bias", numbers(2, 3));
    return parameters;
  }

  private static Tensor numbers(int seed, long... shape) {
    int count = (int) (shape.length == 1 ? shape[0] : shape[0] * shape[1]);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) values[i] = (float) Math.sin(seed * 7 + i);
    return Tensor.of(values, shape).requiresGrad(true);
  }

  private static void step(Optimizer optimizer, Map<String, Tensor> parameters, int t) {
    parameters.values().forEach(p -> AdamTest.give(p, numbers(t, p.shape()).detach()));
    optimizer.step(0.01);
  }
}
