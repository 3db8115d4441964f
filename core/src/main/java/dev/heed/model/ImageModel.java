package dev.heed.model;

import dev.heed.config.UserError;
import dev.heed.nn.Head;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;

/** An encoder of images and what is asked of them. */
public final class ImageModel extends Module {
  /** What a head tells of each of B images. */
  public enum Task {
    /** A vector, (B, D). */
    POOLED,
    /** Scores of L classes, (B, L). */
    CLASS
  }

  private final ImageEncoder encoder;
  private final Map<Task, Head> heads;

  public <E extends Module & ImageEncoder> ImageModel(E encoder, Map<Task, Head> heads) {
    this.encoder = child("encoder", encoder);
    this.heads = Map.copyOf(heads);
    heads.forEach((task, head) -> child(task == Task.CLASS ? "classes" : "pooled", head));
  }

  public ImageEncoder encoder() {
    return encoder;
  }

  public boolean has(Task task) {
    return heads.containsKey(task);
  }

  /** As {@link ImageEncoder#encode}. */
  public Tensor encode(Tensor pixels) {
    return encoder.encode(pixels);
  }

  /**
   * What a head makes of what {@link #encode} gave.
   *
   * @throws UserError if the model has no such head
   */
  public Tensor answer(Task task, Tensor encoded) {
    Head head = heads.get(task);
    if (head == null)
      throw new UserError(
          "this model has no head for %s: it has %s".formatted(task, heads.keySet()));
    return head.forward(encoded);
  }

  /** Scores of the classes (B, L) of images (B, C, H, W). */
  public Tensor logits(Tensor pixels) {
    return answer(Task.CLASS, encode(pixels));
  }
}
