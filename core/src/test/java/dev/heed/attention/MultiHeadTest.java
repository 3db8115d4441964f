package dev.heed.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link SelfAttention} and {@link CrossAttention}, which share {@link MultiHead}. */
final class MultiHeadTest {
  static Stream<Parity> self() {
    return Parity.of("oracle/attention_multi_head");
  }

  @ParameterizedTest
  @MethodSource("self")
  void selfAttentionEqualsTheReference(Parity parity) {
    Tensor x = parity.in("x");
    SelfAttention attention =
        parity.load(
            new SelfAttention((int) x.size(2), parity.setting("heads"), new ScaledDotProduct(), 0),
            Map.of(
                "qkv.weight", List.of("Wq", "Wk", "Wv"),
                "qkv.bias", List.of("bq", "bk", "bv"),
                "heads.out.weight", List.of("Wo"),
                "heads.out.bias", List.of("bo")));
    Mask causal = parity.name().startsWith("causal") ? Mask.causal() : Mask.NONE;
    Mask mask =
        parity.has("key_mask") ? causal.and(Mask.padding(parity.constant("key_mask"))) : causal;
    attention.watch(shown -> parity.out("weights", shown.value()));
    parity.out("out", attention.forward(x, mask)).check();
  }

  static Stream<Parity> cross() {
    return Parity.of("oracle/attention_cross");
  }

  @ParameterizedTest
  @MethodSource("cross")
  void crossAttentionEqualsTheReference(Parity parity) {
    Tensor x = parity.in("x");
    Tensor memory = parity.in("memory");
    int heads = parity.setting("heads");
    CrossAttention attention =
        parity.load(
            new CrossAttention(
                (int) x.size(2), (int) memory.size(2), heads, new ScaledDotProduct(), 0),
            Map.of(
                "q.weight", List.of("Wq"),
                "q.bias", List.of("bq"),
                "kv.weight", List.of("Wk", "Wv"),
                "kv.bias", List.of("bk", "bv"),
                "heads.out.weight", List.of("Wo"),
                "heads.out.bias", List.of("bo")));
    Memory read = new Memory(memory, Optional.of(parity.constant("memory_mask")));
    attention.watch(shown -> parity.out("weights", shown.value()));
    parity.out("out", attention.forward(x, read, Pass.whole(x, Mask.NONE))).check();
  }

  @Test
  void aWatcherSeesEachPassUntilItLeaves() {
    SelfAttention attention = new SelfAttention(4, 2, new ScaledDotProduct(), 0);
    List<Module.Shown> seen = new ArrayList<>();
    attention.watch(seen::add);
    attention.forward(Init.ones(1, 3, 4), Mask.NONE);
    attention.unwatch();
    attention.forward(Init.ones(1, 3, 4), Mask.NONE);
    assertEquals(
        List.of("heads queries", "heads keys", "heads values", "heads attentions"),
        seen.stream().map(s -> s.part() + " " + s.name()).toList());
  }
}
