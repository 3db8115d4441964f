package dev.heed.position;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.Parity;
import dev.heed.attention.Pass;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Positions by name, against their equations. */
final class PositionPartsTest {
  private static Stream<Parity> cases(String name) {
    return Parity.of("oracle/position_parts", each -> each.startsWith(name));
  }

  /** Of tables, which are in float32. */
  private static Stream<Parity> inSinglePrecision(String name) {
    return cases(name).filter(parity -> parity.dtype() == Dtype.FLOAT32);
  }

  static Stream<Parity> concatenated() {
    return inSinglePrecision("concatenated");
  }

  @ParameterizedTest
  @MethodSource("concatenated")
  void concatenatedEqualsTheReference(Parity parity) {
    Tensor x = parity.in("x"); // (B, T, D − w)
    int width = parity.setting("width");
    int d = (int) x.size(2) + width;
    Kind kind = new Kind("concatenated", Map.of("width", width));
    assertEquals(x.size(2), Positions.of(kind).tokenSize(d));
    Position position = Positions.of(kind, new Position.Stack(d, 1, 50, true));
    assertInstanceOf(Concatenated.class, position);
    Tensor places = parity.constant("places");
    long length = 1 + (long) places.max().item();
    parity
        .out("out", position.embed(x, parity.constant("scale").item(), places.unsqueeze(0), length))
        .check();
  }

  static Stream<Parity> alibi() {
    return cases("alibi_both_ways");
  }

  @ParameterizedTest
  @MethodSource("alibi")
  void alibiOfEncodersEqualsTheReference(Parity parity) {
    Tensor q = parity.in("q"); // (1, H, N, Dh)
    int heads = parity.setting("heads");
    int d = heads * (int) q.size(3);
    Position alibi = Positions.of(Kind.of("alibi"), new Position.Stack(d, heads, 1, false));
    assertInstanceOf(Alibi.class, alibi);
    Pass pass = Pass.both(q.select(3, 0).select(1, 0), Mask.NONE);
    Tensor bias =
        alibi
            .scores(pass.positions(), pass.keyPositions(), pass.length(), parity.dtype())
            .orElseThrow();
    Tensor out =
        new ScaledDotProduct().attend(q, parity.in("k"), parity.in("v"), pass.plus(bias).mask());
    parity.out("bias", bias.squeeze(0)).out("out", out).check();
  }

  static Stream<Parity> rotary() {
    return cases("rotary");
  }

  @ParameterizedTest
  @MethodSource("rotary")
  void scaledRotaryEqualsTheReference(Parity parity) {
    Tensor x = parity.in("x"); // (1, H, N, Dh)
    int heads = (int) x.size(1);
    String name = parity.name().substring("rotary_".length());
    var scaling = RotaryOptions.Scaling.valueOf(name.toUpperCase(Locale.ROOT));
    Kind kind =
        new Kind(
            "rotary",
            Map.of(
                "scaling", scaling.name().toLowerCase(Locale.ROOT),
                "base", parity.constant("base").item(),
                "factor", parity.constant("factor").item(),
                "original", parity.setting("original")));
    Position rotary =
        Positions.of(kind, new Position.Stack(heads * (int) x.size(3), heads, 5000, true));
    Tensor places = parity.constant("places");
    long length = 1 + (long) places.max().item();
    Rotation rotation = rotary.rotation(places.unsqueeze(0), length, parity.dtype()).orElseThrow();
    parity.out("out", rotation.turnHeads(x)).check();
  }

  static Stream<Parity> grid() {
    return inSinglePrecision("grid");
  }

  @ParameterizedTest
  @MethodSource("grid")
  void gridsEqualTheReference(Parity parity) {
    long[] size = parity.constant("size").toLongs();
    Tensor table = GridSinusoids.table((int) size[0], (int) size[1], (int) size[2]);
    parity.out("table", table).check();
  }

  @Test
  void learnedVectorsAreAdded() {
    Position learned = Positions.of(Kind.of("learned"), new Position.Stack(5, 1, 7, false));
    assertInstanceOf(Learned.class, learned);
    Tensor table = learned.parameters().get("weight"); // (7, 5)
    Tensor tokens = Tensor.full(2, Dtype.FLOAT32, Device.CPU, 1, 2, 5);
    Tensor places = Tensor.of(new long[] {6, 0}, 1, 2);
    Tensor x = learned.embed(tokens, 3, places, 7);
    assertClose("place 6", table.select(0, 6).add(6), x.select(1, 0).squeeze(0), 1e-6, 0);
    assertClose("place 0", table.select(0, 0).add(6), x.select(1, 1).squeeze(0), 1e-6, 0);
    assertThrows(UserError.class, () -> learned.embed(tokens, 3, places, 8));
  }

  @Test
  void whatDoesNotFitIsAnsweredInOneSentence() {
    assertEquals(
        "position rotary: pairs of features are turned, and a head has 3 of them (d / heads): choose d and heads so that they are even",
        refusal(Kind.of("rotary"), new Position.Stack(6, 2, 9, true)));
    assertEquals(
        "position sinusoidal: each wave has a sine and a cosine, so that d must be even, not 9",
        refusal(Kind.of("sinusoidal"), new Position.Stack(9, 3, 9, true)));
    assertEquals(
        "position t5: 2 buckets and distance 8 leave relative positions no room: 4 buckets are the least, and the distance must be more than half of the buckets",
        refusal(
            new Kind("t5", Map.of("buckets", 2, "maxDistance", 8)),
            new Position.Stack(6, 2, 9, false)));
    assertEquals(
        "unknown position rotery; did you mean rotary?",
        refusal(Kind.of("rotery"), new Position.Stack(6, 2, 9, false)));
  }

  private static String refusal(Kind kind, Position.Stack stack) {
    return assertThrows(UserError.class, () -> Positions.of(kind, stack)).getMessage();
  }
}
