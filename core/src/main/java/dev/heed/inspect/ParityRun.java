package dev.heed.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.attention.Memory;
import dev.heed.config.UserError;
import dev.heed.model.CausalLm;
import dev.heed.model.Clip;
import dev.heed.model.ImageModel;
import dev.heed.model.Reformer;
import dev.heed.model.Seq2Seq;
import dev.heed.model.SourceReader;
import dev.heed.model.SpeechModel;
import dev.heed.model.SpeechToText;
import dev.heed.model.TextModel;
import dev.heed.model.Xlnet;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model run on the arguments of its Hugging Face class's forward, giving the fields of that
 * class's output under their names. What the model shows on the way is gathered by {@link
 * ParityCheck}.
 */
interface ParityRun {
  /**
   * How a model is run.
   *
   * @throws UserError if it is of no kind that can be
   */
  static ParityRun of(Module model) {
    if (model instanceof TextModel text && text.encoder() instanceof Xlnet xlnet)
      return new XlnetRun(text, xlnet);
    if (model instanceof TextModel text && text.encoder() instanceof Reformer reformer)
      return new ReformerRun(text, reformer);
    if (model instanceof TextModel text && text.encoder() instanceof SourceReader)
      return new SourceReaderRun(new TextRun(text));
    if (model instanceof TextModel text) return new TextRun(text);
    if (model instanceof CausalLm causal) return new CausalRun(causal);
    if (model instanceof Seq2Seq seq2seq) return new Seq2SeqRun(seq2seq);
    if (model instanceof ImageModel image) return new ImageRun(image);
    if (model instanceof Clip clip) return new ClipRun(clip);
    if (model instanceof Clip.Text text) return new ClipTextRun(text);
    if (model instanceof SpeechToText speech) return new SpeechToTextRun(speech);
    if (model instanceof SpeechModel speech) return new SpeechRun(speech);
    throw new UserError("a " + model.getClass().getSimpleName() + " can't be checked");
  }

  /** Outputs, {@code loss} among them if there are labels. */
  Map<String, Tensor> run(Inputs in);

  /**
   * Outputs that are made of those before and of what the model showed on the way, such as losses
   * of its routers.
   *
   * @param computed all that there is, to be added to
   */
  default void derive(Map<String, Tensor> computed, Inputs in) {}

  /** What an intermediate value is called; the values of one name are numbered in order. */
  default String name(Module.Shown shown) {
    return shown.name();
  }

  /** BOOL (B, L): which positions of an output count; empty if all do. */
  default Optional<Tensor> real(String output, Inputs in) {
    return in.find("attention_mask").map(ParityRun::tokens);
  }

  /**
   * BOOL (B, L) of a mask that is 1 for tokens, (B, L), or of one that is added to scores and so 0
   * for them, (B, 1, 1, L).
   */
  static Tensor tokens(Tensor mask) {
    return mask.dims() == 4 ? mask.eq(0).reshape(mask.size(0), mask.size(3)) : mask.ne(0);
  }

  /** What an encoder–decoder's encoder makes of the arguments; empty if there is none. */
  default Optional<Memory> memory(Inputs in) {
    return Optional.empty();
  }

  /**
   * Arguments by name, config.json for what the loss depends on, and the names of the outputs that
   * were asked for.
   */
  record Inputs(Map<String, Tensor> tensors, JsonNode config, Set<String> outputs) {
    boolean expects(String output) {
      return outputs.contains(output);
    }

    Tensor get(String name) {
      return find(name)
          .orElseThrow(
              () -> new UserError("io.safetensors lacks " + name + ", which the model reads"));
    }

    Optional<Tensor> find(String name) {
      return Optional.ofNullable(tensors.get(name));
    }

    boolean has(String name) {
      return tensors.containsKey(name);
    }
  }

  /** A map to put outputs into. */
  static Map<String, Tensor> outputs() {
    return new LinkedHashMap<>();
  }
}
