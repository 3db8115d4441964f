package dev.heed.inspect;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.MemoryDecoder;
import dev.heed.model.Seq2Seq;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** Encoder–decoders by teacher forcing. */
record Seq2SeqRun(Seq2Seq model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    return decode(
        model,
        model.encode(in.get("input_ids"), in.find("attention_mask").map(mask -> mask.ne(0))),
        in);
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

  @Override
  public String name(Module.Shown shown) {
    if (!shown.name().equals("attentions")) return shown.name();
    if (shown.part().startsWith("encoder")) return "encoder_attentions";
    return shown.part().contains(".cross") ? "cross_attentions" : "decoder_attentions";
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    String mask = output.startsWith("encoder") ? "attention_mask" : "decoder_attention_mask";
    return in.find(mask).map(real -> real.ne(0));
  }
}
