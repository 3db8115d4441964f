package dev.heed.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.optim.OptimizerConfig.Kind;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** {@link Adam} on random parameters, against the same steps written out in plain Java. */
class AdamPropertiesTest {
  private static final double LR = 0.01;

  @Property(tries = 50)
  void aFusedStepIsThePlainOne(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 40) Integer> rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll boolean decoupled,
      @ForAll boolean biasCorrection,
      @ForAll boolean clipped,
      @ForAll long seed) {
    Random random = new Random(seed);
    double clip = clipped ? 0.5 + random.nextDouble() : 0;
    Kind kind = decoupled ? Kind.ADAMW : Kind.ADAM;
    var config = new OptimizerConfig(kind, 0.8, 0.9, 1e-3, 0.1, List.of(), biasCorrection, clip);
    Map<String, Tensor> parameters = parameters(rows, columns, random);
    List<Plain> plain = new ArrayList<>();
    parameters.values().forEach(p -> plain.add(new Plain(p)));
    Adam adam = new Adam(parameters, config);
    for (int t = 1; t <= 3; t++) {
      gradients(parameters, random);
      double norm = 0;
      for (Tensor p : parameters.values())
        for (double g : p.grad().orElseThrow().toDoubles()) norm += g * g;
      double divisor = clipped ? Math.max(1, Math.sqrt(norm) / clip) : 1;
      int i = 0;
      for (Tensor p : parameters.values()) plain.get(i++).step(p, config, divisor, t);
      adam.step(LR);
      i = 0;
      for (Tensor p : parameters.values())
        assertArrayEquals(plain.get(i++).p, p.toDoubles(), 2e-6, "step " + t + " of " + p);
    }
  }

  @Property(tries = 20)
  void aResumedRunIsTheUninterruptedOne(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 40) Integer> rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll @IntRange(min = 0, max = 4) int before,
      @ForAll long seed) {
    Map<String, Tensor> whole = parameters(rows, columns, new Random(seed));
    Adam uninterrupted = new Adam(whole, OptimizerConfig.DEFAULT);
    steps(uninterrupted, whole, 0, before, seed);

    Map<String, Tensor> resumed = new LinkedHashMap<>();
    whole.forEach((name, p) -> resumed.put(name, p.detach().copy().requiresGrad(true)));
    Map<String, Tensor> saved = new LinkedHashMap<>();
    uninterrupted.state().forEach((name, tensor) -> saved.put(name, tensor.copy()));
    steps(uninterrupted, whole, before, 5, seed);

    Adam second = new Adam(resumed, OptimizerConfig.DEFAULT);
    second.load(saved);
    steps(second, resumed, before, 5, seed);
    assertSame(whole, resumed);
    assertSame(uninterrupted.state(), second.state());
  }

  private static void steps(
      Adam adam, Map<String, Tensor> parameters, int from, int to, long seed) {
    for (int t = from; t < to; t++) {
      gradients(parameters, new Random(seed + t));
      adam.step(LR);
    }
  }

  private static void assertSame(Map<String, Tensor> expected, Map<String, Tensor> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach(
        (name, t) -> assertArrayEquals(t.toFloats(), actual.get(name).toFloats(), name));
  }

  /** Matrices of so many rows, and as many vectors. */
  private static Map<String, Tensor> parameters(List<Integer> rows, int columns, Random random) {
    Map<String, Tensor> parameters = new LinkedHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      parameters.put(i + ".weight", random(random, rows.get(i), columns).requiresGrad(true));
      parameters.put(i + ".bias", random(random, rows.get(i)).requiresGrad(true));
    }
    return parameters;
  }

  private static void gradients(Map<String, Tensor> parameters, Random random) {
    parameters.values().forEach(p -> AdamTest.give(p, random(random, p.shape())));
  }

  private static Tensor random(Random random, long... shape) {
    int count = 1;
    for (long size : shape) count *= (int) size;
    float[] values = new float[count];
    for (int i = 0; i < count; i++) values[i] = (float) random.nextGaussian();
    return Tensor.of(values, shape);
  }

  /** One parameter's Adam, entry by entry in double precision. */
  private static final class Plain {
    final double[] p;
    final double[] m;
    final double[] v;
    final boolean decays;

    Plain(Tensor parameter) {
      p = parameter.detach().toDoubles();
      m = new double[p.length];
      v = new double[p.length];
      decays = parameter.dims() > 1;
    }

    void step(Tensor parameter, OptimizerConfig c, double divisor, int t) {
      double[] gradient = parameter.grad().orElseThrow().toDoubles();
      double decay = decays ? c.weightDecay() : 0;
      double correction1 = c.biasCorrection() ? 1 - Math.pow(c.beta1(), t) : 1;
      double correction2 = c.biasCorrection() ? 1 - Math.pow(c.beta2(), t) : 1;
      for (int i = 0; i < p.length; i++) {
        double g = gradient[i] / divisor;
        if (c.kind() == Kind.ADAM) g += decay * p[i];
        else p[i] -= LR * decay * p[i];
        m[i] = c.beta1() * m[i] + (1 - c.beta1()) * g;
        v[i] = c.beta2() * v[i] + (1 - c.beta2()) * g * g;
        p[i] -= LR * (m[i] / correction1) / (Math.sqrt(v[i] / correction2) + c.eps());
      }
    }
  }
}
