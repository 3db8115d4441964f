package dev.heed.inspect;

import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** Encoder–decoders with a head on what the decoder makes of the source. */
record SourceReaderRun(TextRun text) implements ParityRun {
  private static final String MODEL = "^encoder\\.model\\.?";

  @Override
  public Map<String, Tensor> run(Inputs in) {
    return text.run(in);
  }

  @Override
  public void derive(Map<String, Tensor> computed, Inputs in) {
    String states = "encoder_hidden_states.";
    int last = 0;
    while (computed.containsKey(states + (last + 1))) last++;
    computed.put("encoder_last_hidden_state", computed.get(states + last));
  }

  @Override
  public String name(Module.Shown shown) {
    String part = shown.part().replaceFirst(MODEL, "");
    return Seq2SeqRun.side(new Module.Shown(part, shown.name(), shown.value()));
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    return text.real(output, in);
  }
}
