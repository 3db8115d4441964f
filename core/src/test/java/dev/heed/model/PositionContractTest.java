package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.attention.BeamPass;
import dev.heed.attention.Mechanism;
import dev.heed.attention.Mechanisms;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.Place;
import dev.heed.attention.Stands;
import dev.heed.config.Configs;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Placement;
import dev.heed.position.Position;
import dev.heed.position.Positions;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every registered position must hold in a small {@link Transformer}, in float64: padding,
 * order, decoding step by step, gradients, and which attentions it goes with.
 */
@SuppressWarnings("try") // passes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
final class PositionContractTest {
  private static final int B = 2;
  private static final int S = 9;
  private static final int T = 11;
  private static final int V = 13;

  static Stream<Kind> all() {
    Stream<Kind> own =
        Positions.names().stream()
            .map(n -> n.equals("concatenated") ? new Kind(n, Map.of("width", 4)) : Kind.of(n));
    Stream<Kind> others =
        Stream.of(
            new Kind("t5", Map.of("buckets", 4, "maxDistance", 6)),
            new Kind("rotary", Map.of("layout", "interleaved", "base", 100.0)),
            rotary("linear", 4),
            rotary("ntk", 4),
            rotary("yarn", 4),
            rotary("llama3", 4));
    return Stream.concat(own, others);
  }

  private static Kind rotary(String scaling, double factor) {
    return new Kind("rotary", Map.of("scaling", scaling, "factor", factor, "original", 6));
  }

  private static Transformer model(Kind position, String... settings) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "d=16",
                "ffn=12",
                "heads=2",
                "encoder=2",
                "decoder=2",
                "dropout=0",
                "tie=none",
                "positions=16",
                "position=" + Configs.toLine(position)));
    all.addAll(List.of(settings));
    Randomness.seed(21);
    var config = Configs.parse("", "test", Transformer.Config.TINY, all);
    Transformer model = new Transformer(config, new Vocabulary(V, V, 0, 1, 2));
    Retype.to(Dtype.FLOAT64, model.weights());
    Retype.to(Dtype.FLOAT64, model.buffers().values());
    model.training(false);
    return model;
  }

  /** From 3 on; the second row ends with so much padding. */
  private static Tensor ids(int length, int padding) {
    int[] ids = new int[B * length];
    for (int i = 0; i < ids.length; i++)
      ids[i] = i < ids.length - padding ? 3 + i * 7 % (V - 3) : 0;
    return Tensor.of(ids, B, length);
  }

  private static Memory memory(Transformer model) {
    Tensor source = ids(S, 4);
    return model.encode(source, model.real(source));
  }

  private static Tensor decoded(Transformer model, Tensor ids) {
    return model.decode(ids, memory(model), Pass.whole(ids, Mask.NONE));
  }

  @ParameterizedTest
  @MethodSource("all")
  void paddingChangesNothing(Kind kind) {
    Transformer model = model(kind);
    Tensor source = ids(S, 4);
    Tensor among = model.encode(source, model.real(source)).states(); // (B, S, D)
    Tensor alone = source.narrow(0, 1, 1).narrow(1, 0, S - 4);
    assertClose(
        "the shorter text",
        model.encode(alone, Optional.empty()).states(),
        among.narrow(0, 1, 1).narrow(1, 0, S - 4),
        1e-9,
        1e-12);
    Tensor target = ids(T, 0);
    Tensor first = target.narrow(0, 1, 1);
    Memory short1 = model.encode(alone, Optional.empty());
    assertClose(
        "what is written from it",
        model.decode(first, short1, Pass.whole(first, Mask.NONE)),
        decoded(model, target).narrow(0, 1, 1),
        1e-9,
        1e-12);
  }

  @ParameterizedTest
  @MethodSource("all")
  void aDecoderNeverLooksAhead(Kind kind) {
    Transformer model = model(kind);
    Tensor target = ids(T, 0);
    Tensor before = decoded(model, target).copy();
    for (int from : new int[] {T - 1, 5, 1}) {
      Tensor other = target.copy();
      other.narrow(1, from, T - from).fill_(4);
      assertClose(
          "before " + from,
          before.narrow(1, 0, from),
          decoded(model, other).narrow(1, 0, from),
          1e-9,
          1e-12);
    }
  }

  /** Whether a token's place tells: not of `none`, whose encoder sees a bag of tokens. */
  @ParameterizedTest
  @MethodSource("all")
  void orderCounts(Kind kind) {
    Transformer model = model(kind);
    Tensor forth = Tensor.of(new int[] {3, 4, 5, 6}, 1, 4);
    Tensor swapped = Tensor.of(new int[] {4, 3, 5, 6}, 1, 4);
    Tensor a = model.encode(forth, Optional.empty()).states().select(1, 3);
    Tensor b = model.encode(swapped, Optional.empty()).states().select(1, 3);
    double apart = a.sub(b).norm().item();
    assertEquals(kind.kind().equals("none"), apart < 1e-9, "apart by " + apart);
  }

  /** A prompt, then steps of two hypotheses of which each goes on from the other's. */
  @ParameterizedTest
  @MethodSource("all")
  void stepsEqualTheWhole(Kind kind) {
    Transformer model = model(kind);
    Tensor target = ids(T, 0);
    int prompt = 4;
    try (NoGrad off = NoGrad.on();
        BeamPass pass = new BeamPass(new int[B], prompt, 2, T - prompt, Device.CPU)) {
      Memory memory = memory(model);
      Tensor expected = decoded(model, target);
      Tensor first = model.decode(target.narrow(1, 0, prompt), memory, pass);
      assertClose("prompt", expected.narrow(1, 0, prompt), first, 1e-9, 1e-12);
      for (int t = prompt; t < T; t++) {
        int other = t % 2; // the hypothesis that goes astray, and is left
        pass.advance(new int[] {other, other, other, other});
        Tensor token = target.narrow(1, t, 1); // (B, 1)
        Tensor astray = Tensor.of(new int[] {5, 6}, B, 1);
        List<Tensor> both = other == 0 ? List.of(astray, token) : List.of(token, astray);
        Tensor step = model.decode(Tensor.cat(1, both), memory, pass);
        assertClose(
            "step " + t, expected.narrow(1, t, 1), step.narrow(1, 1 - other, 1), 1e-9, 1e-12);
      }
    }
  }

  /** Layers that compute again with every position, the others with one. */
  @ParameterizedTest
  @MethodSource("all")
  void gradientsEqualFiniteDifferences(Kind kind) {
    List<Placement> placements =
        kind.kind().equals("t5")
            ? List.of(Placement.values())
            : List.of(Placement.PRE, Placement.REVERSIBLE);
    for (Placement placement : placements) {
      Transformer model = model(kind, "placement=" + placement);
      model.training(true); // where reversible layers compute again
      Tensor target = ids(T, 0); // padding is looked up without being trained
      Tensor cotangent = Tensor.empty(Dtype.FLOAT64, Device.CPU, B, T, 16).normal_(0, 1);
      Supplier<Tensor> loss = () -> decoded(model, target).mul(cotangent).sum();
      loss.get().backward();
      for (var weight : model.parameters().entrySet()) {
        if (weight.getKey().startsWith("output")) continue; // of the logits
        Tensor leaf = weight.getValue();
        Tensor direction = Tensor.empty(Dtype.FLOAT64, Device.CPU, leaf.shape()).normal_(0, 1);
        double slope = leaf.grad().orElseThrow().mul(direction).sum().item();
        double around = slope(loss, leaf, direction);
        assertEquals(
            around,
            slope,
            1e-5 * Math.max(1, Math.abs(around)),
            kind + " " + placement + " " + weight.getKey());
      }
    }
  }

  private static double slope(Supplier<Tensor> loss, Tensor leaf, Tensor direction) {
    double step = 1e-6;
    try (NoGrad off = NoGrad.on()) {
      leaf.add_(direction, step);
      double above = loss.get().item();
      leaf.add_(direction, -2 * step);
      double below = loss.get().item();
      leaf.add_(direction, step);
      return (above - below) / (2 * step);
    }
  }

  /** Every attention with every position: it works, or is refused in one sentence. */
  @Test
  void impossiblePairsAreRefused() {
    for (Kind attention : Stands.each())
      for (String name : Positions.names()) {
        Mechanism mechanism = Mechanisms.of(attention);
        Position.Means means = Positions.of(Kind.of(name)).means();
        boolean possible =
            switch (means) {
              case VECTORS -> true;
              case ROTATION -> mechanism.turns();
              case SCORES -> mechanism.traits().scores();
            };
        Stands at = Stands.of(attention);
        String[] settings = {
          "attention=" + Configs.toLine(at.encoder()),
          "decoderAttention=" + Configs.toLine(at.decoder()),
          "crossAttention=scaled_dot_product",
          "d=" + 4 * 16,
          "heads=2"
        };
        if (possible) {
          Tensor out = decoded(model(Kind.of(name), settings), ids(T, 0));
          assertTrue(Double.isFinite(out.norm().item()), attention + " " + name);
        } else {
          String message =
              assertThrows(UserError.class, () -> model(Kind.of(name), settings)).getMessage();
          assertTrue(message.startsWith("position " + name + " "), message);
          assertTrue(message.contains("attention " + attention.kind()), message);
        }
      }
  }

  /** A mechanism that says it turns queries and keys does so. */
  @Test
  void mechanismsTurnIfTheySaySo() {
    for (Kind attention : Stands.each()) {
      Mechanism mechanism = Mechanisms.of(attention);
      if (!mechanism.turns()) continue;
      Randomness.seed(1);
      var mixer = Mechanisms.self(attention, new Place(16, 2, 16, 0, false));
      mixer.training(false);
      Tensor x = Tensor.empty(Dtype.FLOAT32, Device.CPU, 1, 7, 16).normal_(0, 1);
      Pass pass = Pass.both(x, Mask.NONE);
      Position rotary = Positions.of(Kind.of("rotary"), new Position.Stack(16, 2, 16, false));
      Pass turned = pass.turned(rotary.rotation(pass.positions(), 7, Dtype.FLOAT32).orElseThrow());
      double apart = mixer.forward(x, pass).sub(mixer.forward(x, turned)).norm().item();
      assertTrue(apart > 1e-4, attention + " is apart by " + apart);
    }
  }

  @Test
  void concatenatedPositionsCannotShareTheOutputProjection() {
    String message =
        assertThrows(
                UserError.class,
                () -> model(new Kind("concatenated", Map.of("width", 4)), "tie=all"))
            .getMessage();
    assertEquals(
        "position concatenated leaves tokens 12 of the 16 numbers that the output projection takes: set tie: none",
        message);
  }
}
