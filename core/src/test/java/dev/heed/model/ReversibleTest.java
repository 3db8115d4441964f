package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.Configs;
import dev.heed.data.Mask;
import dev.heed.tensor.Autocast;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Graph;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Reversible layers, whose inputs are computed back from their outputs. */
@SuppressWarnings("try") // scopes, NoGrad and autocast are there to be closed
@ExtendWith(OneThread.class)
final class ReversibleTest {
  private static final int V = 12;

  private static Transformer model(String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "d=16",
                "ffn=24",
                "heads=2",
                "encoder=2",
                "decoder=2",
                "tie=none",
                "placement=reversible"));
    all.addAll(List.of(settings));
    Randomness.seed(9);
    return new Transformer(
        Configs.parse("", "test", Transformer.Config.TINY, all), new Vocabulary(V, V, 0, 1, 2));
  }

  private static Tensor ids(int from) {
    int[] ids = new int[4 * 6];
    for (int i = 0; i < ids.length; i++) ids[i] = 3 + (i * 5 + from) % 9;
    return Tensor.of(ids, 4, 6);
  }

  private static Tensor loss(Transformer model) {
    Tensor source = ids(0);
    Tensor target = ids(1);
    try (Scope scope = Scope.open()) { // as in training: what the graph doesn't hold is freed
      Memory memory = model.encode(source, model.real(source));
      Tensor hidden = model.decode(target, memory, Pass.whole(target, Mask.NONE));
      Tensor logits = hidden.linear(model.outputWeight(), Optional.empty()); // (B, T, V)
      return scope.keep(logits.logSoftmax(-1).gather(2, ids(0).unsqueeze(2)).mean().mul(-1));
    }
  }

  private static Map<String, Tensor> gradients(Transformer model) {
    loss(model).backward();
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    model
        .parameters()
        .forEach(
            (name, weight) -> {
              gradients.put(name, weight.grad().orElseThrow().copy());
              weight.clearGrad();
            });
    return gradients;
  }

  @Test
  void whatIsKeptDoesNotGrowWithTheLayers() {
    int two = Graph.size(loss(model()));
    int six = Graph.size(loss(model("encoder=6", "decoder=6")));
    assertEquals(two, six);
    int plain = Graph.size(loss(model("placement=pre")));
    int deeper = Graph.size(loss(model("placement=pre", "encoder=6", "decoder=6")));
    assertTrue(deeper > 2 * plain && plain > 2 * two, two + ", " + plain + ", " + deeper);
  }

  /** Without chance, evaluation keeps everything as ever and has the same gradients. */
  @Test
  void gradientsAreThoseOfWhatIsKept() {
    for (String position : List.of("sinusoidal", "t5", "rotary")) {
      Transformer model = model("dropout=0", "position=" + position);
      Map<String, Tensor> again = gradients(model);
      model.training(false);
      Map<String, Tensor> kept = gradients(model);
      kept.forEach((name, slope) -> assertClose(name, slope, again.get(name), 1e-4, 1e-6));
    }
  }

  /** The masks of the second time are those of the first. */
  @Test
  void gradientsWithDropoutEqualFiniteDifferences() {
    Transformer model =
        model("dropout=0.3", "attentionDropout=0.2", "activationDropout=0.2", "dropPath=0.3");
    Retype.to(Dtype.FLOAT64, model.weights());
    Retype.to(Dtype.FLOAT64, model.buffers().values());
    Randomness.seed(4);
    Map<String, Tensor> gradients = gradients(model);
    model
        .parameters()
        .forEach(
            (name, leaf) -> {
              Randomness.seed(name.hashCode());
              Tensor direction =
                  Tensor.empty(Dtype.FLOAT64, Device.CPU, leaf.shape()).normal_(0, 1);
              double slope = gradients.get(name).mul(direction).sum().item();
              try (NoGrad off = NoGrad.on()) {
                leaf.add_(direction, 1e-6);
                double above = seeded(model);
                leaf.add_(direction, -2e-6);
                double below = seeded(model);
                leaf.add_(direction, 1e-6);
                double around = (above - below) / 2e-6;
                assertEquals(around, slope, 1e-6 * Math.max(1, Math.abs(around)), name);
              }
            });
  }

  private static double seeded(Transformer model) {
    Randomness.seed(4);
    return loss(model).item();
  }

  /** What follows draws other numbers than the layers did. */
  @Test
  void chanceGoesOnAfterTheWayBack() {
    Transformer model = model("dropout=0.3");
    Randomness.seed(4);
    double first = loss(model).item();
    Randomness.seed(4);
    Tensor again = loss(model);
    assertEquals(first, again.item());
    again.backward();
    double second = loss(model).item();
    assertTrue(Math.abs(first - second) > 1e-4, first + " and " + second);
  }

  /** Running means go one step a batch, though layers are computed twice. */
  @Test
  void buffersAreAsIfComputedOnce() {
    for (String norm : List.of("batch", "power")) {
      Transformer model = model("norm=" + norm, "dropout=0");
      Tensor kept = loss(model);
      Map<String, double[]> once = new LinkedHashMap<>();
      model.buffers().forEach((name, buffer) -> once.put(name, buffer.toDoubles()));
      kept.backward();
      model
          .buffers()
          .forEach(
              (name, buffer) -> {
                boolean changed = !Arrays.equals(once.get(name), buffer.toDoubles());
                assertEquals(name.endsWith("slope"), changed, name); // which the way back counts
              });
    }
  }

  @Test
  void weightsLearnWhereEmbeddingsAreFrozen() {
    Transformer model = model();
    model
        .parameters()
        .forEach((name, weight) -> weight.requiresGrad(!name.matches("(source|target)\\..*")));
    loss(model).backward();
    model
        .trained()
        .forEach((name, weight) -> assertTrue(weight.grad().isPresent(), "no gradient of " + name));
  }

  @Test
  void halfPrecisionIsInForceOnTheWayBackToo() {
    Transformer model = model("dropout=0");
    Map<String, Tensor> full = gradients(model);
    Tensor loss;
    try (Autocast bf16 = Autocast.bfloat16(Device.CPU)) {
      loss = loss(model);
    }
    loss.backward();
    model
        .parameters()
        .forEach(
            (name, weight) -> {
              Tensor slope = weight.grad().orElseThrow();
              double apart = slope.sub(full.get(name)).norm().item();
              double size = full.get(name).norm().item();
              assertTrue(
                  apart > 0 && apart < 0.1 * size + 1e-3, name + ": " + apart + " of " + size);
            });
  }
}
