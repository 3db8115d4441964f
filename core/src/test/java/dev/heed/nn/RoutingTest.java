package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.OracleCases;
import dev.heed.Parity;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link Routing} and {@link RouterLoss}; {@link MixtureOfExperts} is Mixtral's layer. */
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
    int capacity = parity.setting("capacity");
    Routing routing =
        new Routing.Top(
                switching ? 1 : 2,
                switching ? Routing.Gate.OF_ALL : Routing.Gate.OF_CHOSEN,
                Routing.Order.CHOICES,
                tokens -> capacity)
            .route(logits.unsqueeze(0), Optional.empty());
    Tensor balance = RouterLoss.balance(List.of(logits), 1, Optional.empty());
    parity
        .out("out", routing.combine(x, experts(parity, experts)))
        .out("placed", placed(routing, (int) x.size(0), experts).to(parity.dtype()))
        .out("aux", balance)
        .out("z_loss", RouterLoss.z(logits, Optional.empty()));
    if (!switching) parity.out("aux_gshard", balance.mul(1.0 / experts / experts));
    parity.check();
  }

  static Stream<Parity> choosing() {
    return Parity.of("oracle/block_moe", name -> name.startsWith("expert_choice"));
  }

  @ParameterizedTest
  @MethodSource("choosing")
  void expertsThatChooseEqualTheReference(Parity parity) {
    Tensor x = parity.in("x"); // (N, D)
    Tensor logits = x.linear(parity.in("Wg"), Optional.empty()); // (N, E)
    int experts = (int) logits.size(1);
    int capacity = parity.setting("capacity");
    Routing routing =
        new Routing.ByExperts(tokens -> capacity).route(logits.unsqueeze(0), Optional.empty());
    parity
        .out("out", routing.combine(x, experts(parity, experts)))
        .out("placed", placed(routing, (int) x.size(0), experts).to(parity.dtype()))
        .check();
  }

  static Stream<Parity> hashed() {
    return Parity.of("oracle/block_moe", name -> name.startsWith("hash"));
  }

  @ParameterizedTest
  @MethodSource("hashed")
  void hashRoutingEqualsTheReference(Parity parity) {
    Tensor x = parity.in("x"); // (N, D)
    long[] table = parity.constant("table").toLongs();
    int[] expert =
        Arrays.stream(parity.constant("token_ids").toLongs())
            .mapToInt(id -> (int) table[(int) id])
            .toArray();
    int experts = (int) parity.constant("W1").size(0);
    Routing routing = Routing.fixed(expert, experts, x.dtype(), x.device());
    parity
        .out("out", routing.combine(x, experts(parity, experts)))
        .out("placed", placed(routing, (int) x.size(0), experts).to(parity.dtype()))
        .check();
  }

  @Test
  void everyCaseIsCompared() {
    Set<String> left =
        OracleCases.of("oracle/block_moe").stream()
            .map(OracleCases.Case::name)
            .filter(name -> !name.matches("(switch_top1|top2|expert_choice|hash).*"))
            .collect(Collectors.toSet());
    assertEquals(Set.of(), left);
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
    double all = RouterLoss.balance(List.of(logits.narrow(0, 0, 2)), 2, Optional.empty()).item();
    double masked = RouterLoss.balance(List.of(logits), 2, Optional.of(real)).item();
    assertEquals(all, masked, 1e-6);
  }
}
