package dev.heed.inspect;

import dev.heed.model.Clip;
import dev.heed.model.TextInput;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** CLIP's tower of texts alone. */
record ClipTextRun(Clip.Text model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    TextInput texts = input(in);
    Tensor encoded = model.encode(texts); // (B, T, D)
    Tensor pooled = model.pool(encoded, texts.ids()); // (B, D)
    Map<String, Tensor> out = ParityRun.outputs();
    out.put("last_hidden_state", encoded);
    out.put("pooler_output", pooled);
    model.project(pooled).ifPresent(vectors -> out.put("text_embeds", vectors));
    return out;
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    return ofTokens(output, in);
  }

  static TextInput input(Inputs in) {
    Optional<Tensor> real = in.find("attention_mask").map(mask -> mask.ne(0));
    return new TextInput(in.get("input_ids"), real, Optional.empty());
  }

  static Optional<Tensor> ofTokens(String output, Inputs in) {
    return output.contains("hidden_state") || output.contains("attentions")
        ? in.find("attention_mask").map(mask -> mask.ne(0))
        : Optional.empty();
  }
}
