package dev.heed.model;

import dev.heed.OneThread;
import dev.heed.Parity;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.Kind;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.FeedForwardLayer;
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
    names.put("ffnResidual.norm.weight", List.of("n2_g"));
    names.put("ffnResidual.norm.bias", List.of("n2_b"));
    var layer = parity.load(new Transformer.EncoderLayer(config(parity), () -> ffn(parity)), names);
    Tensor real = parity.constant("key_mask"); // (B, S)
    Pass pass = Pass.both(real, Mask.padding(real));
    parity
        .out("out", layer.forward(parity.in("x"), pass, Tokens.of(real, Optional.of(real))))
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
            "crossResidual.norm.weight", List.of("n2_g"),
            "crossResidual.norm.bias", List.of("n2_b"),
            "ffnResidual.norm.weight", List.of("n3_g"),
            "ffnResidual.norm.bias", List.of("n3_b")));
    var layer = parity.load(new Transformer.DecoderLayer(config(parity), () -> ffn(parity)), names);
    Tensor x = parity.in("x");
    Pass pass = Pass.whole(x, Mask.padding(parity.constant("key_mask")));
    Memory memory = new Memory(parity.in("memory"), Optional.of(parity.constant("memory_mask")));
    Tensor out = layer.forward(x, memory, pass, Tokens.of(x, Optional.empty()));
    parity.out("out", out).check();
  }

  private static final Map<String, List<String>> SELF_AND_FFN =
      Map.of(
          "self.qkv.weight", List.of("self_Wq", "self_Wk", "self_Wv"),
          "self.qkv.bias", List.of("self_bq", "self_bk", "self_bv"),
          "self.heads.out.weight", List.of("self_Wo"),
          "self.heads.out.bias", List.of("self_bo"),
          "selfResidual.norm.weight", List.of("n1_g"),
          "selfResidual.norm.bias", List.of("n1_b"),
          "ffn.in.weight", List.of("W1"),
          "ffn.in.bias", List.of("b1"),
          "ffn.out.weight", List.of("W2"),
          "ffn.out.bias", List.of("b2"));

  private static FeedForwardLayer ffn(Parity parity) {
    return config(parity).encoderFeedForwards().apply(0);
  }

  private static Transformer.Config config(Parity parity) {
    boolean pre = parity.name().endsWith("_pre");
    return new Transformer.Config(
        (int) parity.constant("x").size(2),
        (int) parity.constant("b1").size(0),
        Kind.of("dense"),
        Kind.of("same"),
        parity.setting("heads"),
        1,
        1,
        0,
        0,
        0,
        Activation.RELU,
        pre ? Transformer.Norm.PRE : Transformer.Norm.POST,
        Kind.of("scaled_dot_product"),
        Kind.of("same"),
        Kind.of("same"),
        Transformer.Tie.NONE,
        16);
  }
}
