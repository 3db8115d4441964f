package dev.heed.loss;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleCases;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link FocalLoss}, {@link Distillation} and {@link ZLoss} against published numbers. */
class OtherLossesTest {
  private static final double EXACT = 1e-10;

  static List<OracleCases.Case> cases() {
    var cases =
        OracleCases.of("oracle/training_losses").stream()
            .filter(c -> !c.name().startsWith("ls_") && !c.name().startsWith("clip_"))
            .toList();
    assertFalse(cases.isEmpty());
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesAndGradientsAreTheOracles(OracleCases.Case c) {
    String input = c.has("in.zs") ? "zs" : "logits";
    Tensor logits = c.in(input).copy().requiresGrad(true);
    Tensor labels = c.in("targets");
    Tensor loss =
        switch (c.name().replaceFirst("_ignore.*", "")) {
          case "z_loss" -> {
            double ignored = c.in("ignore_index").item();
            Tensor y = labels.maskedFill(labels.eq(ignored), CrossEntropy.IGNORED);
            double kept = y.ne(CrossEntropy.IGNORED).sum().item(); // the fixture's are sums
            yield CrossEntropy.mean(logits, y)
                .add(ZLoss.mean(logits, y), c.in("c").item())
                .mul(kept);
          }
          case "focal_multiclass" ->
              new FocalLoss(c.in("gamma").item()).mean(logits, labels, c.in("alpha"));
          case "focal_binary" -> {
            double[] s = c.in("settings").toDoubles(); // alpha, gamma
            yield new FocalLoss(s[1]).binary(logits, labels.to(Dtype.FLOAT64), s[0]);
          }
          case "distillation" -> {
            double[] s = c.in("settings").toDoubles(); // temperature, weight
            var parts = new Distillation(s[0], s[1]).of(logits, c.in("zt"), labels);
            assertClose("kd", c.out("kd"), parts.teacher(), EXACT, 0);
            assertClose("ce", c.out("ce"), parts.crossEntropy(), EXACT, 0);
            yield parts.value();
          }
          default -> throw new AssertionError("no loss for " + c.name());
        };
    assertClose(c.name(), c.out("loss"), loss, EXACT, 0);
    loss.mul(c.cot("loss").item()).backward();
    assertClose(c.name(), c.grad(input), logits.grad().orElseThrow(), EXACT, 1e-14);
  }

  @Test
  void labelsThatDoNotCountChangeNothing() {
    Tensor few = Tensor.of(new double[] {1, -2, 0.5, 0, 3, 1}, 2, 3);
    Tensor more = Tensor.cat(0, List.of(few, Tensor.of(new double[] {9, 8, 7}, 1, 3)));
    Tensor y = Tensor.of(new long[] {2, 0}, 2);
    Tensor z = Tensor.of(new long[] {2, 0, CrossEntropy.IGNORED}, 3);
    Tensor alpha = Tensor.of(new double[] {1, 2, 3}, 3);
    var focal = new FocalLoss(2);
    var distillation = new Distillation(3, 0.7);
    assertClose("z", ZLoss.mean(few, y), ZLoss.mean(more, z), EXACT, 0);
    assertClose("focal", focal.mean(few, y, alpha), focal.mean(more, z, alpha), EXACT, 0);
    assertClose(
        "distillation",
        distillation.of(few, few.mul(2), y).value(),
        distillation.of(more, more.mul(2), z).value(),
        EXACT,
        0);
  }

  @Test
  void focalLossesStayNumbersWhereTheModelIsSure() {
    Tensor logits = Tensor.of(new float[] {80, -80, -80, 80}, 2, 2).requiresGrad(true);
    Tensor y = Tensor.of(new long[] {0, 0}, 2); // surely right, surely wrong
    Tensor loss = new FocalLoss(0.5).mean(logits, y, Tensor.full(1, Dtype.FLOAT32, Device.CPU, 2));
    loss.backward();
    assertEquals(80, loss.item(), 1e-3);
    for (float g : logits.grad().orElseThrow().toFloats()) assertTrue(Float.isFinite(g));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN})
  void impossibleNumbersAreNamed(double wrong) {
    for (Runnable act :
        List.<Runnable>of(
            () -> new FocalLoss(wrong),
            () -> new Distillation(wrong, 0.5),
            () -> new Distillation(1, wrong)))
      assertTrue(
          assertThrows(IllegalArgumentException.class, act::run)
              .getMessage()
              .endsWith("not " + wrong));
  }
}
