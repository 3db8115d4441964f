package dev.heed.attention;

import dev.heed.Parity;
import dev.heed.data.Mask;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class TransformerXlTest {
  static Stream<Parity> cases() {
    return Parity.of("oracle/position_transformer_xl");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReference(Parity parity) {
    Tensor h = parity.in("h");
    int heads = (int) parity.constant("u").size(0);
    int d = (int) h.size(2);
    long memory = parity.has("mem") ? parity.constant("mem").size(1) : 0;
    int keys = (int) (memory + h.size(1));
    // Of more positions than the segment has, so that the sinusoids in use are part of the table.
    TransformerXl mixer =
        parity.load(
            new TransformerXl(new Place(d, heads, keys + 3, 0, true)),
            Map.of(
                "qkv.weight", List.of("Wq", "Wke", "Wv"),
                "distance.weight", List.of("Wkr"),
                "out.weight", List.of("Wo"),
                "contentBias", List.of("u"),
                "distanceBias", List.of("vb")));
    AtomicReference<Tensor> weights = new AtomicReference<>();
    mixer.watch(shown -> weights.set(shown.value()));
    Tensor out =
        parity.has("mem")
            ? mixer.forward(h, parity.constant("mem").to(parity.dtype()), Mask.causal())
            : mixer.forward(h, Pass.whole(h, Mask.NONE));
    Tensor q =
        h.matmul(parity.constant("Wq").to(parity.dtype()).transpose(0, 1))
            .view(h.size(0), h.size(1), heads, -1)
            .transpose(1, 2);
    Tensor raw = mixer.byDistance(q, keys); // (B, H, T, S)
    Tensor offsets = Offsets.of(h.size(1), keys, h.device());
    parity
        .out("out", out)
        .out("weights", weights.get())
        .out("bd_raw", raw)
        .out("bd_shift", TransformerXl.shifted(raw, offsets, keys).tril(memory))
        .out("R", mixer.sinusoids(keys).to(parity.dtype()))
        .check();
  }
}
