package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.Parity;
import dev.heed.loss.LoadBalancing;
import dev.heed.loss.ZLoss;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link Routing} and {@link LoadBalancing}; {@link MixtureOfExperts} is Mixtral's layer. */
final class RoutingTest {
  static Stream<Parity> published() {
    return Parity.of("oracle/block_moe", name -> name.matches("(switch_top1|top2)_.*"));
  }

  @ParameterizedTest
  @MethodSource("published")
  void topRoutingEqualsTheReference(Parity parity) {
    boolean switching = parity.name().startsWith("switch");
    Tensor x = parity.in("x"); // (N, D)
    Tensor logits = x.linear(parity.in("Wg"), Optional.empty()); // (N, E)
    int experts = (int) logits.size(1);
    Routing routing =
        Routing.top(
            logits,
            switching ? 1 : 2,
            switching ? Routing.Gate.OF_ALL : Routing.Gate.OF_CHOSEN,
            OptionalInt.of(parity.setting("capacity")));
    Tensor balance = LoadBalancing.of(List.of(logits), 1, Optional.empty());
    parity
        .out("out", routing.combine(x, experts(parity, experts)))
        .out("placed", placed(routing, (int) x.size(0), experts).to(parity.dtype()))
        .out("aux", balance)
        .out("z_loss", ZLoss.mean(logits));
    if (!switching) parity.out("aux_gshard", balance.mul(1.0 / experts / experts));
    parity.check();
  }

  private static List<UnaryOperator<Tensor>> experts(Parity parity, int count) {
    Tensor w1 = parity.in("W1");
    Tensor b1 = parity.in("b1");
    Tensor w2 = parity.in("W2");
    Tensor b2 = parity.in("b2");
    return IntStream.range(0, count)
        .mapToObj(
            e ->
                (UnaryOperator<Tensor>)
                    x ->
                        x.linear(w1.select(0, e), Optional.of(b1.select(0, e)))
                            .relu()
                            .linear(w2.select(0, e), Optional.of(b2.select(0, e))))
        .toList();
  }

  private static Tensor placed(Routing routing, int tokens, int experts) {
    double[] placed = new double[tokens * experts];
    for (int e = 0; e < experts; e++)
      for (int token : routing.tokens(e)) placed[token * experts + e] = 1;
    return Tensor.of(placed, tokens, experts);
  }

  @Test
  void paddingDoesNotCountAsLoad() {
    Tensor logits = Tensor.of(new float[] {2, 0, 1, 3, 1, 0, 5, 0, 0}, 3, 3);
    Tensor real = Tensor.of(new boolean[] {true, true, false}, 1, 3);
    double all = LoadBalancing.of(List.of(logits.narrow(0, 0, 2)), 2, Optional.empty()).item();
    double masked = LoadBalancing.of(List.of(logits), 2, Optional.of(real)).item();
    assertEquals(all, masked, 1e-6);
  }
}
