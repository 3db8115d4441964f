package dev.heed.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleCases;
import dev.heed.tensor.Tensor;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link GradientClip} against published numbers, in place and as a divisor. */
class GradientClipTest {
  static List<OracleCases.Case> cases() {
    var cases =
        OracleCases.of("oracle/training_losses").stream()
            .filter(c -> c.name().startsWith("clip_"))
            .toList();
    assertTrue(cases.size() >= 4, "clipping's cases, of which there are " + cases);
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void clippedGradientsAreThePublishedOnes(OracleCases.Case c) {
    List<String> names = c.names("out").stream().filter(n -> !n.equals("total")).toList();
    List<Tensor> gradients = names.stream().map(name -> c.in(name).copy()).toList();
    if (c.has("in.c")) {
      GradientClip.byValue(gradients, c.in("c").item());
    } else {
      double p = c.in("p_is_inf").item() != 0 ? Double.POSITIVE_INFINITY : 2;
      double maxNorm = c.in("max_norm").item();
      Tensor norm = GradientClip.norm(gradients, p);
      OracleCases.assertClose("norm", c.out("total"), norm, 1e-12, 0);
      Tensor divisor = GradientClip.divisor(norm, maxNorm);
      for (String name : names)
        OracleCases.assertClose(name, c.out(name), c.in(name).div(divisor), 1e-12, 0);
      OracleCases.assertClose(
          "norm before", norm, GradientClip.byNorm(gradients, maxNorm, p), 0, 0);
    }
    for (int i = 0; i < gradients.size(); i++)
      OracleCases.assertClose(names.get(i), c.out(names.get(i)), gradients.get(i), 1e-12, 0);
  }

  @Property(tries = 50)
  void theNormAfterwardsIsAtMostTheLimitAndUnchangedBelowIt(
      @ForAll @Size(min = 1, max = 20) double[] values,
      @ForAll @DoubleRange(min = 0.01, max = 100) double maxNorm,
      @ForAll boolean largest) {
    for (int i = 0; i < values.length; i++) values[i] = Math.IEEEremainder(values[i], 1000);
    double p = largest ? Double.POSITIVE_INFINITY : 2;
    Tensor whole = Tensor.of(values, values.length);
    List<Tensor> gradients = List.of(whole.narrow(0, 0, 1), whole.narrow(0, 1, values.length - 1));
    if (values.length == 1) gradients = gradients.subList(0, 1);
    double before = GradientClip.byNorm(gradients, maxNorm, p).item();
    double after = whole.norm(p).item();
    assertEquals(Math.min(before, maxNorm), after, 1e-4 * maxNorm);
    assertTrue(after <= maxNorm);
  }
}
