package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.config.UserError;
import dev.heed.nn.Head;
import dev.heed.nn.MeanHead;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** An encoder of speech and what is asked of it. */
public final class SpeechModel extends Module {
  /** What a head tells of B recordings of T frames. */
  public enum Task {
    /** Scores of V tokens, one of which is the blank, for each frame, (B, T, V). */
    CTC,
    /** Scores of L classes for each frame, (B, T, L). */
    FRAMES,
    /** Scores of L classes for the whole, (B, L). */
    CLASS
  }

  private final SpeechEncoder encoder;
  private final Map<Task, Head> heads;

  public <E extends Module & SpeechEncoder> SpeechModel(E encoder, Map<Task, Head> heads) {
    this.encoder = child("encoder", encoder);
    this.heads = Map.copyOf(heads);
    heads.forEach((task, head) -> child(name(task), head));
  }

  private static String name(Task task) {
    return switch (task) {
      case CTC -> "ctc";
      case FRAMES -> "frames";
      case CLASS -> "classes";
    };
  }

  public SpeechEncoder encoder() {
    return encoder;
  }

  public boolean has(Task task) {
    return heads.containsKey(task);
  }

  /** As {@link SpeechEncoder#encode}. */
  public Memory encode(Tensor sound, Optional<Tensor> real) {
    return encoder.encode(sound, real);
  }

  /**
   * What a head makes of what {@link #encode} gave.
   *
   * @throws UserError if the model has no such head
   */
  public Tensor answer(Task task, Memory heard) {
    Head head = heads.get(task);
    if (head == null)
      throw new UserError(
          "this model has no head for %s: it has %s".formatted(task, heads.keySet()));
    return head instanceof MeanHead mean
        ? mean.forward(heard.states(), heard.real())
        : head.forward(heard.states());
  }
}
