package dev.heed.nn;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.Parity;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The norms that {@link LayerNormTest} and {@link RmsNormTest} leave. */
@SuppressWarnings("try") // NoGrad is there to be closed
final class NormsTest {
  private static final Map<String, List<String>> NAMES =
      Map.of("weight", List.of("g"), "bias", List.of("b"));

  static Stream<Parity> scale() {
    return Parity.of("oracle/block_norms", name -> name.startsWith("scale_norm"));
  }

  @ParameterizedTest
  @MethodSource("scale")
  void scaleNormEqualsTheReference(Parity parity) {
    Tensor x = parity.in("x");
    ScaleNorm norm =
        parity.load(
            new ScaleNorm(x.size(-1), parity.constant("eps").item()),
            Map.of("weight", List.of("g")));
    parity.out("out", norm.forward(x)).check();
  }

  static Stream<Parity> power() {
    return Stream.concat(
        Parity.of("oracle/block_norms", name -> name.startsWith("power_norm")),
        Parity.of("oracle/block_batch_norm", name -> name.startsWith("power")));
  }

  @ParameterizedTest
  @MethodSource("power")
  void powerNormEqualsTheReference(Parity parity) {
    double eps = parity.has("eps") ? parity.constant("eps").item() : 0;
    Tensor all = parity.constant("x"); // (steps + 1, …, D)
    PowerNorm norm =
        parity.load(new PowerNorm(all.size(-1), parity.constant("alpha").item(), eps), NAMES);
    Map<String, Tensor> state = norm.buffers();
    Retype.to(parity.dtype(), state.values());
    if (parity.has("psi2")) {
      state.get("square").copy_(parity.constant("psi2"));
      state.get("slope").copy_(parity.constant("nu"));
    }
    Optional<Tensor> real =
        parity.has("real") ? Optional.of(parity.constant("real")) : Optional.empty();
    Map<String, List<Tensor>> out = new LinkedHashMap<>();
    long steps = parity.constant("dy").size(0);
    for (int step = 0; step < steps; step++) {
      Tensor x = all.select(0, step).to(parity.dtype()).requiresGrad(true);
      Tensor y = norm.forward(x, real);
      y.backward(parity.constant("dy").select(0, step).to(parity.dtype()));
      add(out, "y", masked(y, real));
      add(out, "dx", x.grad().orElseThrow());
      for (String[] name : new String[][] {{"dg", "weight"}, {"db", "bias"}}) {
        Tensor weight = norm.parameters().get(name[1]);
        add(out, name[0], weight.grad().orElseThrow().copy());
        weight.clearGrad();
      }
      add(out, "psi2", state.get("square").copy());
      add(out, "nu", state.get("slope").copy());
    }
    norm.training(false);
    add(out, "y", masked(norm.forward(all.select(0, steps).to(parity.dtype()), real), real));
    out.forEach((name, values) -> parity.out(name, Tensor.cat(0, values)));
    parity.check();
  }

  private static void add(Map<String, List<Tensor>> out, String name, Tensor value) {
    out.computeIfAbsent(name, key -> new ArrayList<>()).add(value.detach().unsqueeze(0));
  }

  private static Tensor masked(Tensor y, Optional<Tensor> real) {
    return real.map(tokens -> y.mul(tokens.to(y.dtype()).unsqueeze(2))).orElse(y);
  }

  static Stream<Parity> batch() {
    return Parity.of("oracle/block_batch_norm", name -> name.startsWith("batch"));
  }

  @ParameterizedTest
  @MethodSource("batch")
  void batchNormEqualsTheReference(Parity parity) {
    Tensor all = parity.in("x"); // (steps + 1, B, T, D)
    Tensor real = parity.constant("real"); // (B, T)
    TokenBatchNorm norm =
        parity.load(
            new TokenBatchNorm(
                all.size(-1), parity.constant("momentum").item(), parity.constant("eps").item()),
            NAMES);
    Retype.to(parity.dtype(), norm.buffers().values());
    Map<String, List<Tensor>> out = new LinkedHashMap<>();
    List<Tensor> outputs = new ArrayList<>();
    for (int step = 0; step < all.size(0); step++) {
      boolean last = step == all.size(0) - 1;
      norm.training(!last);
      Tensor y = norm.forward(all.select(0, step), Optional.of(real));
      outputs.add(masked(y, Optional.of(real)).unsqueeze(0));
      if (last) break;
      add(out, "mean", norm.buffers().get("mean").copy());
      add(out, "variance", norm.buffers().get("variance").copy());
    }
    out.forEach((name, values) -> parity.out(name, Tensor.cat(0, values)));
    parity.out("y", Tensor.cat(0, outputs)).check();
  }

  /** Norms that gather statistics, trained on a batch with padding and on the same without it. */
  @Test
  void paddingCountsNowhere() {
    for (String name : Norms.names()) {
      Tensor x = Init.normal(1, 2, 3, 4); // (B, T, D)
      Tensor real = Tensor.of(new boolean[] {true, true, false, true, true, false}, 2, 3);
      Norm padded = Norms.of(Kind.of(name)).norm(4);
      Norm plain = Norms.of(Kind.of(name)).norm(4);
      try (NoGrad off = NoGrad.on()) {
        for (int step = 0; step < 2; step++)
          assertClose(
              name,
              plain.forward(x.narrow(1, 0, 2)),
              padded.forward(x, Optional.of(real)).narrow(1, 0, 2),
              1e-5,
              0);
      }
    }
  }

  @Test
  void anUnknownNameIsAnsweredWithTheNearest() {
    var error = assertThrows(UserError.class, () -> Norms.of(Kind.of("scal")));
    assertEquals("unknown norm scal; did you mean scale?", error.getMessage());
  }
}
