package dev.heed.inspect;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.MemoryDecoder;
import dev.heed.model.Seq2Seq;
import dev.heed.nn.Module;
import dev.heed.nn.RouterLoss;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Encoder–decoders by teacher forcing. */
record Seq2SeqRun(Seq2Seq model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    return decode(model, encoded(in), in);
  }

  static Map<String, Tensor> decode(MemoryDecoder model, Memory memory, Inputs in) {
    Tensor ids = in.get("decoder_input_ids"); // (B, T)
    Mask real =
        in.find("decoder_attention_mask").map(mask -> Mask.padding(mask.ne(0))).orElse(Mask.NONE);
    Tensor hidden = model.decode(ids, memory, Pass.whole(ids, real)); // (B, T, D)
    Tensor logits = model.logits(hidden); // (B, T, V)
    Map<String, Tensor> out = ParityRun.outputs();
    out.put("encoder_last_hidden_state", memory.states());
    out.put("last_hidden_state", hidden);
    out.put("logits", logits);
    if (in.has("labels")) out.put("loss", CrossEntropy.mean(logits, in.get("labels")));
    return out;
  }

  private Memory encoded(Inputs in) {
    return model.encode(in.get("input_ids"), in.find("attention_mask").map(mask -> mask.ne(0)));
  }

  @Override
  public Optional<Memory> memory(Inputs in) {
    return Optional.of(encoded(in));
  }

  /** A sparse model's loss counts how its routers do (Hugging Face's SwitchTransformers). */
  @Override
  public void derive(Map<String, Tensor> computed, Inputs in) {
    for (String stack : List.of("encoder", "decoder")) {
      List<Tensor> routers =
          computed.keySet().stream()
              .filter(name -> name.startsWith(stack + "_router_logits."))
              .map(computed::get)
              .toList();
      // Hugging Face leaves them out where all layers of a stack are sparse.
      boolean every = in.config().path(stack + "_sparse_step").asInt() == 1;
      if (routers.isEmpty() || every || !in.expects(stack + "_router_logits.0")) continue;
      Tensor logits = Tensor.cat(1, routers); // (B, layers·N, E)
      Tensor z = RouterLoss.z(logits, Optional.empty());
      Tensor balance = RouterLoss.balanceOfSequences(logits);
      computed.put(stack + "_z_loss", z);
      computed.put(stack + "_aux_loss", balance);
      double zShare = in.config().path("router_z_loss_coef").asDouble(0.001);
      double balanceShare = in.config().path("router_aux_loss_coef").asDouble(0.001);
      computed.computeIfPresent(
          "loss", (name, loss) -> loss.add(z, zShare).add(balance, balanceShare));
    }
  }

  @Override
  public String name(Module.Shown shown) {
    return side(shown);
  }

  /** With the stack that showed it. */
  static String side(Module.Shown shown) {
    if (shown.name().matches("(en|de)coder_.*")) return shown.name();
    if (shown.part().startsWith("encoder")) return "encoder_" + shown.name();
    boolean cross = shown.part().contains(".cross");
    return (cross ? "cross_" : "decoder_") + shown.name();
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    String mask = output.startsWith("encoder") ? "attention_mask" : "decoder_attention_mask";
    return in.find(mask).map(real -> real.ne(0));
  }
}
