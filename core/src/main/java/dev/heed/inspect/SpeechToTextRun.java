package dev.heed.inspect;

import dev.heed.attention.Memory;
import dev.heed.model.SpeechToText;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** Encoders of speech with decoders of text, by teacher forcing. */
record SpeechToTextRun(SpeechToText model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    return Seq2SeqRun.decode(model, heard(in), in);
  }

  private Memory heard(Inputs in) {
    return model.encode(in.get("input_features"), Optional.empty());
  }

  @Override
  public Optional<Memory> memory(Inputs in) {
    return Optional.of(heard(in));
  }

  @Override
  public String name(Module.Shown shown) {
    if (shown.part().startsWith("encoder")) return "encoder_" + shown.name();
    return (shown.part().contains(".cross") ? "cross_" : "decoder_") + shown.name();
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    return output.startsWith("encoder")
        ? Optional.empty()
        : in.find("decoder_attention_mask").map(real -> real.ne(0));
  }
}
