package dev.heed.loss;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleCases;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LinearCrossEntropyTest {
  /** With the identity as weight, hidden states are logits, and the fixture's numbers apply. */
  @Test
  void labelSmoothingEqualsTheOracle() {
    List<OracleCases.Case> cases =
        OracleCases.of("oracle/training_losses").stream()
            .filter(c -> c.name().startsWith("ls_"))
            .toList();
    assertFalse(cases.isEmpty());
    for (OracleCases.Case c : cases) {
      Tensor logits = c.in("logits").to(Dtype.FLOAT32).requiresGrad(true);
      int classes = (int) logits.size(1);
      int ignored = (int) c.in("ignore_index").item();
      long[] targets = c.in("targets").toLongs();
      int[] kept = IntStream.range(0, targets.length).filter(i -> targets[i] != ignored).toArray();
      // A negative label that doesn't count has no row in W: those rows are left out beforehand.
      Tensor rows = ignored >= 0 ? logits : logits.indexSelect(0, Tensor.of(kept, kept.length));
      long[] labels =
          ignored >= 0 ? targets : IntStream.of(kept).mapToLong(i -> targets[i]).toArray();
      double eps = c.in("eps").item();
      boolean fairseq = c.name().startsWith("ls_fairseq"); // ε over the other V-1 classes

      LinearCrossEntropy.Loss loss =
          new LinearCrossEntropy(fairseq ? eps * classes / (classes - 1) : eps, ignored)
              .of(
                  rows,
                  identity(classes),
                  Optional.empty(),
                  Tensor.of(labels, labels.length),
                  c.name().contains("mean") ? kept.length : 1);
      loss.value().mul(c.cot("loss").item()).backward();

      assertEquals(c.out("loss").item(), loss.value().item(), 1e-4, c.name());
      assertClose(c.name(), c.grad("logits"), logits.grad().orElseThrow(), 1e-5, 1e-6);
      if (c.has("out.nll")) assertEquals(c.out("nll").item(), loss.nll(), 1e-4, c.name());
    }
  }

  /** In blocks or not, the gradients are those of the engine's own operators. */
  @Test
  void equalsTheGraphOfOperators() {
    int rows = 300;
    int size = 8;
    int classes = 30_000; // several blocks
    int pad = 3;
    double smoothing = 0.1;
    Tensor hidden = normal(rows, size);
    Tensor weight = normal(classes, size);
    Tensor bias = normal(classes);
    int[] ids = IntStream.range(0, rows).map(i -> i % 7 == 0 ? pad : i * 97 % classes).toArray();
    Tensor labels = Tensor.of(ids, rows);

    new LinearCrossEntropy(smoothing, pad)
        .of(hidden, weight, Optional.of(bias), labels, 50)
        .value()
        .backward();
    Tensor hiddenGrad = hidden.grad().orElseThrow().copy();
    Tensor weightGrad = weight.grad().orElseThrow().copy();
    Tensor biasGrad = bias.grad().orElseThrow().copy();
    hidden.clearGrad();
    weight.clearGrad();
    bias.clearGrad();

    Tensor logP = hidden.linear(weight, Optional.of(bias)).logSoftmax(-1);
    Tensor counts = labels.ne(pad).to(Dtype.FLOAT32);
    Tensor nll = logP.gather(1, labels.unsqueeze(1)).squeeze(1).mul(counts).sum();
    Tensor all = logP.sum(1).mul(counts).sum();
    nll.mul(-(1 - smoothing) / 50).add(all, -smoothing / classes / 50).backward();

    assertClose("hidden", hidden.grad().orElseThrow(), hiddenGrad, 1e-4, 0);
    assertClose("weight", weight.grad().orElseThrow(), weightGrad, 1e-4, 0);
    assertClose("bias", bias.grad().orElseThrow(), biasGrad, 1e-4, 0);
  }

  @Test
  void whatIsFrozenGetsNoGradient() {
    Tensor hidden = normal(4, 8);
    Tensor weight = normal(10, 8).requiresGrad(false);
    Tensor bias = normal(10);
    Tensor labels = Tensor.of(new int[] {1, 2, CrossEntropy.IGNORED, 4}, 4);
    new LinearCrossEntropy(0.1, CrossEntropy.IGNORED)
        .of(hidden, weight, Optional.of(bias), labels, 3)
        .value()
        .backward();
    assertTrue(weight.grad().isEmpty());

    Tensor twin = bias.detach().copy().requiresGrad(true);
    Tensor logits = hidden.detach().linear(weight, Optional.of(twin));
    CrossEntropy.sums(logits, labels, 0.1).loss().mul(1.0 / 3).backward();
    assertClose("bias", twin.grad().orElseThrow(), bias.grad().orElseThrow(), 1e-5, 1e-6);
  }

  @Test
  void aLabelThatDoesNotCountNeedBeNoToken() {
    Tensor weight = normal(10, 8);
    Tensor hidden = normal(4, 8);
    double[] losses = new double[2];
    int[] ignored = {0, -100};
    for (int i = 0; i < 2; i++) {
      Tensor labels = Tensor.of(new int[] {1, 2, ignored[i], 4}, 4);
      losses[i] =
          new LinearCrossEntropy(0.1, ignored[i])
              .of(hidden, weight, Optional.empty(), labels, 3)
              .value()
              .item();
    }
    assertEquals(losses[0], losses[1], 1e-9);
  }

  @Test
  void withoutGradientsItOnlyMeasures() {
    Tensor hidden = normal(4, 8).detach();
    Tensor weight = normal(10, 8).detach();
    LinearCrossEntropy.Loss loss;
    try (var off = NoGrad.on()) {
      loss =
          new LinearCrossEntropy(0, 0)
              .of(hidden, weight, Optional.empty(), Tensor.of(new int[] {1, 2, 0, 4}, 4), 3);
    }
    assertEquals(loss.nll(), loss.sum(), 1e-9);
    assertEquals(loss.sum() / 3, loss.value().item(), 1e-6);
    assertFalse(loss.value().requiresGrad());
  }

  @Test
  void refusesImpossibleSmoothing() {
    assertThrows(IllegalArgumentException.class, () -> new LinearCrossEntropy(1, 0));
    assertThrows(IllegalArgumentException.class, () -> new LinearCrossEntropy(Double.NaN, 0));
  }

  private static Tensor identity(int classes) {
    float[] identity = new float[classes * classes];
    for (int i = 0; i < classes; i++) identity[i * classes + i] = 1;
    return Tensor.of(identity, classes, classes).requiresGrad(true);
  }

  private static Tensor normal(long... shape) {
    return Tensor.empty(Dtype.FLOAT32, Device.CPU, shape).normal_(0, 1).requiresGrad(true);
  }
}
