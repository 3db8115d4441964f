package dev.heed.inspect;

import dev.heed.attention.Memory;
import dev.heed.loss.CrossEntropy;
import dev.heed.loss.Ctc;
import dev.heed.model.SpeechModel;
import dev.heed.model.SpeechModel.Task;
import dev.heed.model.Wav2Vec2Conformer;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** Encoders of speech, with the losses of their heads. */
record SpeechRun(SpeechModel model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    Tensor sound = in.find("input_values").orElseGet(() -> in.get("input_features"));
    Memory heard = model.encode(sound, in.find("attention_mask").map(mask -> mask.ne(0)));
    Map<String, Tensor> out = ParityRun.outputs();
    out.put("last_hidden_state", heard.states());
    if (model.encoder() instanceof Wav2Vec2Conformer conformer)
      out.put("extract_features", conformer.listen(sound));
    for (Task task : Task.values())
      if (model.has(task)) out.put("logits", model.answer(task, heard)); // (B, T, V) or (B, L)
    in.find("labels")
        .ifPresent(labels -> out.put("loss", loss(out.get("logits"), labels, heard, in)));
    return out;
  }

  private Tensor loss(Tensor logits, Tensor labels, Memory heard, Inputs in) {
    if (model.has(Task.CLASS)) return CrossEntropy.mean(logits, labels);
    if (model.has(Task.FRAMES)) return CrossEntropy.mean(logits, labels.argmax(-1));
    Ctc ctc =
        new Ctc(
            in.config().path("pad_token_id").asInt(0),
            in.config().path("ctc_zero_infinity").asBoolean(false));
    boolean mean = in.config().path("ctc_loss_reduction").asText("sum").equals("mean");
    return mean
        ? ctc.mean(logits, heard.real(), labels)
        : ctc.each(logits, heard.real(), labels).sum();
  }

  /** Nothing is left out: padding is heard, but not listened to. */
  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    return Optional.empty();
  }
}
