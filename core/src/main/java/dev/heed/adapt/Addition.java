package dev.heed.adapt;

import dev.heed.tensor.Tensor;
import java.util.Map;

/** What is learned beside a model's own weights. */
public sealed interface Addition permits Lora, Adapter, Prefix, Prompt {
  /** What is learned, under the names of {@code adapter_model.safetensors}. */
  Map<String, Tensor> weights();

  /** Whether the model's own weights can hold what was learned. */
  default boolean merges() {
    return false;
  }

  /**
   * Leaves the model as it was before, with what was learned in its weights if they can hold it.
   */
  void leave();
}
