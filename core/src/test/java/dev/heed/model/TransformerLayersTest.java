package dev.heed.model;

import dev.heed.OneThread;
import dev.heed.Parity;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.Configs;
import dev.heed.data.Mask;
import dev.heed.model.TransformerLayer.Given;
import dev.heed.nn.Tokens;
import dev.heed.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The layers of {@link Transformer}, post-norm and pre-norm, against the equations. */
@ExtendWith(OneThread.class)
final class TransformerLayersTest {
  private static final String FIXTURE = "oracle/block_transformer_layers";

  static Stream<Parity> encoders() {
    return Parity.of(FIXTURE, name -> name.startsWith("encoder"));
  }

  static Stream<Parity> decoders() {
    return Parity.of(FIXTURE, name -> name.startsWith("decoder"));
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void encoderLayersEqualTheReference(Parity parity) {
    Map<String, List<String>> names = new HashMap<>(SELF_AND_FFN);
    names.put("residuals.ffn.norm.weight", List.of("n2_g"));
    names.put("residuals.ffn.norm.bias", List.of("n2_b"));
    var layer =
        parity.load(
            new TransformerLayer.Encoder(parts(parity), parts(parity).encoderFeedForwards(), 0),
            names);
    Tensor real = parity.constant("key_mask"); // (B, S)
    Pass pass = Pass.both(real, Mask.padding(real));
    parity
        .out(
            "out",
            layer.forward(
                parity.in("x"),
                new Given(
                    pass, Optional.empty(), Tokens.of(real, Optional.of(real)), Optional.of(real))))
        .check();
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void decoderLayersEqualTheReference(Parity parity) {
    Map<String, List<String>> names = new HashMap<>(SELF_AND_FFN);
    names.putAll(
        Map.of(
            "cross.q.weight", List.of("cross_Wq"),
            "cross.q.bias", List.of("cross_bq"),
            "cross.kv.weight", List.of("cross_Wk", "cross_Wv"),
            "cross.kv.bias", List.of("cross_bk", "cross_bv"),
            "cross.heads.out.weight", List.of("cross_Wo"),
            "cross.heads.out.bias", List.of("cross_bo"),
            "residuals.cross.norm.weight", List.of("n2_g"),
            "residuals.cross.norm.bias", List.of("n2_b"),
            "residuals.ffn.norm.weight", List.of("n3_g"),
            "residuals.ffn.norm.bias", List.of("n3_b")));
    var layer =
        parity.load(
            new TransformerLayer.Decoder(parts(parity), parts(parity).decoderFeedForwards(), 0),
            names);
    Tensor x = parity.in("x");
    Pass pass = Pass.whole(x, Mask.padding(parity.constant("key_mask")));
    Memory memory = new Memory(parity.in("memory"), Optional.of(parity.constant("memory_mask")));
    Tensor out =
        layer.forward(
            x,
            new Given(pass, Optional.of(memory), Tokens.of(x, Optional.empty()), Optional.empty()));
    parity.out("out", out).check();
  }

  private static final Map<String, List<String>> SELF_AND_FFN =
      Map.of(
          "self.qkv.weight", List.of("self_Wq", "self_Wk", "self_Wv"),
          "self.qkv.bias", List.of("self_bq", "self_bk", "self_bv"),
          "self.heads.out.weight", List.of("self_Wo"),
          "self.heads.out.bias", List.of("self_bo"),
          "residuals.self.norm.weight", List.of("n1_g"),
          "residuals.self.norm.bias", List.of("n1_b"),
          "ffn.in.weight", List.of("W1"),
          "ffn.in.bias", List.of("b1"),
          "ffn.out.weight", List.of("W2"),
          "ffn.out.bias", List.of("b2"));

  private static TransformerParts parts(Parity parity) {
    return new TransformerParts(
        Configs.parse(
            "",
            "test",
            Transformer.Config.TINY,
            List.of(
                "d=" + parity.constant("x").size(2),
                "ffn=" + parity.constant("b1").size(0),
                "heads=" + parity.setting("heads"),
                "dropout=0",
                "placement=" + (parity.name().endsWith("_pre") ? "pre" : "post"))));
  }
}
