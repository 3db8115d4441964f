package dev.heed.inspect;

import dev.heed.loss.Contrastive;
import dev.heed.model.Clip;
import dev.heed.model.TextInput;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** CLIP's two towers. */
record ClipRun(Clip model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    Map<String, Tensor> out = ParityRun.outputs();
    TextInput texts = ClipTextRun.input(in);
    Tensor text = model.text().encode(texts); // (B, T, D)
    Tensor image = model.vision().encode(in.get("pixel_values")); // (B, T, D)
    Tensor ofTexts = model.projectText(model.text().pool(text, texts.ids())); // (B, P)
    Tensor ofImages = model.projectImage(model.vision().pool(image)); // (B, P)
    out.put("text_model_output.last_hidden_state", text);
    out.put("text_model_output.pooler_output", ofTexts);
    out.put("vision_model_output.last_hidden_state", image);
    out.put("vision_model_output.pooler_output", ofImages);
    out.put("text_embeds", Clip.unit(ofTexts));
    out.put("image_embeds", Clip.unit(ofImages));
    Tensor logits = model.logits(out.get("image_embeds"), out.get("text_embeds")); // (B, B)
    out.put("logits_per_image", logits);
    out.put("logits_per_text", logits.transpose(0, 1));
    if (logits.size(0) == logits.size(1)) out.put("loss", Contrastive.mean(logits));
    return out;
  }

  @Override
  public String name(Module.Shown shown) {
    return (shown.part().startsWith("text") ? "text" : "vision") + "_model_output." + shown.name();
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    return output.startsWith("text_model_output.")
        ? ClipTextRun.ofTokens(output, in)
        : Optional.empty();
  }
}
