package dev.heed.inspect;

import dev.heed.model.ImageModel;
import dev.heed.model.ImageModel.Task;
import dev.heed.model.PvtV2;
import dev.heed.model.Swin;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Encoders of images, with the losses of their heads. */
record ImageRun(ImageModel model) implements ParityRun {
  private static final Pattern BLOCK =
      Pattern.compile("encoder\\.stage\\.(\\d+)\\.block\\.(\\d+)\\..*");

  @Override
  public Map<String, Tensor> run(Inputs in) {
    Tensor encoded = model.encode(in.get("pixel_values"));
    Map<String, Tensor> out = ParityRun.outputs();
    out.put("last_hidden_state", encoded);
    if (model.has(Task.POOLED)) {
      Tensor pooled = model.answer(Task.POOLED, encoded); // (B, D)
      out.put("pooler_output", pooled);
      out.put("image_embeds", pooled); // what CLIP calls it after the projection
    }
    if (model.has(Task.CLASS)) {
      Tensor logits = model.answer(Task.CLASS, encoded); // (B, L)
      out.put("logits", logits);
      in.find("labels").ifPresent(labels -> out.put("loss", TextRun.loss(logits, labels, in)));
    }
    return out;
  }

  /** Of Swin, the last block's attentions of each stage; of PVT v2, a tuple of each stage's. */
  @Override
  public String name(Module.Shown shown) {
    Matcher block = BLOCK.matcher(shown.part());
    if (!shown.name().equals("attentions") || !block.matches()) return shown.name();
    int stage = Integer.parseInt(block.group(1));
    if (model.encoder() instanceof Swin swin
        && Integer.parseInt(block.group(2)) + 1 < swin.depths().get(stage))
      return "attentions_of_first_blocks";
    return model.encoder() instanceof PvtV2 ? "attentions." + stage : "attentions";
  }
}
