package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.OneThread;
import dev.heed.Parity;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.Configs;
import dev.heed.data.Mask;
import dev.heed.model.TransformerLayer.Given;
import dev.heed.nn.DeepNorm;
import dev.heed.nn.Recomputed;
import dev.heed.nn.Tokens;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The layers of {@link Transformer} in the other placements, against the equations: {@link
 * dev.heed.nn.SandwichNorm}, {@link DeepNorm}, {@link dev.heed.nn.InParallel} and {@link
 * dev.heed.nn.Reversible}.
 */
@ExtendWith(OneThread.class)
final class TransformerPlacementsTest {
  private static final String FIXTURE = "oracle/block_placements";

  static Stream<Parity> layers() {
    return Parity.of(FIXTURE, name -> !name.startsWith("factors"));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void layersEqualTheReference(Parity parity) {
    TransformerLayer layer = layer(parity);
    parity.out("out", layer.forward(parity.in("x"), given(parity, memory(parity)))).check();
  }

  static Stream<Parity> reversible() {
    return Parity.of(FIXTURE, name -> name.endsWith("_reversible"));
  }

  @ParameterizedTest
  @MethodSource("reversible")
  void whatIsComputedAgainEqualsTheReferenceToo(Parity parity) {
    TransformerLayer layer = layer(parity);
    List<Tensor> read = new ArrayList<>();
    Optional<Memory> memory = memory(parity);
    memory.ifPresent(m -> read.add(m.states()));
    Tensor out =
        Recomputed.forward(
            parity.in("x"),
            read,
            List.of(),
            with ->
                layer.halves(given(parity, memory.map(m -> new Memory(with.get(0), m.real())))));
    parity.out("out", out).check();
  }

  private static TransformerLayer layer(Parity parity) {
    boolean decoder = parity.name().startsWith("decoder");
    String placement = parity.name().substring("decoder_".length());
    Map<String, List<String>> names = new HashMap<>(maps("self", "self"));
    List<String> sublayers = new ArrayList<>(List.of("self", "ffn"));
    if (decoder) {
      sublayers.add(1, "cross");
      names.putAll(maps("cross", "cross"));
    }
    names.putAll(
        Map.of(
            "ffn.in.weight", List.of("W1"),
            "ffn.in.bias", List.of("b1"),
            "ffn.out.weight", List.of("W2"),
            "ffn.out.bias", List.of("b2")));
    if (placement.equals("parallel")) norm(names, "residuals.norm", "n1");
    else
      for (int i = 0; i < sublayers.size(); i++) {
        norm(names, "residuals." + sublayers.get(i) + ".norm", "n" + (i + 1));
        if (placement.equals("sandwich"))
          norm(names, "residuals." + sublayers.get(i) + ".after", "n" + (i + 1) + "a");
      }
    var parts = parts(parity, placement);
    return parity.load(
        decoder
            ? new TransformerLayer.Decoder(parts, parts.decoderFeedForwards(), 0)
            : new TransformerLayer.Encoder(parts, parts.encoderFeedForwards(), 0),
        names);
  }

  private static void norm(Map<String, List<String>> names, String ours, String theirs) {
    names.put(ours + ".weight", List.of(theirs + "_g"));
    names.put(ours + ".bias", List.of(theirs + "_b"));
  }

  private static Map<String, List<String>> maps(String ours, String theirs) {
    Map<String, List<String>> names = new HashMap<>();
    for (String[] kind : new String[][] {{"weight", "_W"}, {"bias", "_b"}}) {
      String stem = theirs + kind[1];
      if (ours.equals("self"))
        names.put("self.qkv." + kind[0], List.of(stem + "q", stem + "k", stem + "v"));
      else {
        names.put("cross.q." + kind[0], List.of(stem + "q"));
        names.put("cross.kv." + kind[0], List.of(stem + "k", stem + "v"));
      }
      names.put(ours + ".heads.out." + kind[0], List.of(stem + "o"));
    }
    return names;
  }

  private static TransformerParts parts(Parity parity, String placement) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "d=" + parity.constant("x").size(2),
                "ffn=" + parity.constant("b1").size(0),
                "heads=" + parity.setting("heads"),
                "dropout=0",
                "placement=" + placement));
    if (parity.has("layers")) {
      long[] layers = parity.constant("layers").toLongs();
      settings.addAll(List.of("encoder=" + layers[0], "decoder=" + layers[1]));
    }
    return new TransformerParts(Configs.parse("", "test", Transformer.Config.TINY, settings));
  }

  private static Optional<Memory> memory(Parity parity) {
    return parity.has("memory")
        ? Optional.of(new Memory(parity.in("memory"), Optional.of(parity.constant("memory_mask"))))
        : Optional.empty();
  }

  private static Given given(Parity parity, Optional<Memory> memory) {
    Tensor real = parity.constant("key_mask");
    Mask mask = Mask.padding(real);
    Pass pass = memory.isPresent() ? Pass.whole(real, mask) : Pass.both(real, mask);
    return new Given(pass, memory, Tokens.of(real, Optional.of(real)), Optional.of(real));
  }

  static Stream<Parity> factors() {
    return Parity.of(FIXTURE, name -> name.startsWith("factors"));
  }

  @ParameterizedTest
  @MethodSource("factors")
  void factorsEqualTheReference(Parity parity) {
    long[] layers = parity.constant("layers").toLongs();
    var encoder = DeepNorm.Factors.encoder((int) layers[0], (int) layers[1]);
    var decoder = DeepNorm.Factors.decoder((int) layers[1]);
    parity
        .out("encoder", pair(encoder).to(parity.dtype()))
        .out("decoder", pair(decoder).to(parity.dtype()))
        .check();
  }

  private static Tensor pair(DeepNorm.Factors factors) {
    return Tensor.of(new double[] {factors.alpha(), factors.beta()}, 2);
  }

  /** Values, outputs and feed-forward maps begin β times as large as ever, queries and keys not. */
  @Test
  void deepNormShrinksWhatThePaperSays() {
    Map<String, Tensor> plain = weights("post");
    Map<String, Tensor> deep = weights("deepnorm");
    long d = Transformer.Config.TINY.d();
    int layers = Transformer.Config.TINY.decoder();
    double beta = DeepNorm.Factors.decoder(layers).beta();
    assertEquals(plain.keySet(), deep.keySet());
    plain.forEach(
        (name, weight) -> {
          Tensor other = deep.get(name);
          if (name.endsWith("self.qkv.weight") || name.endsWith("cross.kv.weight")) {
            long kept = weight.size(0) - d;
            assertClose(name, weight.narrow(0, 0, kept), other.narrow(0, 0, kept), 0, 0);
            assertClose(
                name, weight.narrow(0, kept, d).mul(beta), other.narrow(0, kept, d), 1e-6, 0);
          } else {
            boolean shrunk =
                name.matches("\\d+\\.(ffn\\.(in|out)|(self|cross)\\.heads\\.out)\\.weight");
            assertClose(name, weight.mul(shrunk ? beta : 1), other, 1e-6, 0);
          }
        });
  }

  private static Map<String, Tensor> weights(String placement) {
    Randomness.seed(5);
    var config =
        Configs.parse("", "test", Transformer.Config.TINY, List.of("placement=" + placement));
    return TransformerStack.decoder(new TransformerParts(config), false).parameters();
  }
}
