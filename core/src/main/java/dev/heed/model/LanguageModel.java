package dev.heed.model;

import dev.heed.tensor.Tensor;
import java.util.Optional;

/** What scores the next token: logits = h Wᵀ + b, for hidden states h (…, D). */
public interface LanguageModel {
  /** The output projection W (V, D). */
  Tensor outputWeight();

  /** The bias b (V), if there is one. */
  Optional<Tensor> outputBias();

  /** (…, D) → (…, V). */
  default Tensor logits(Tensor hidden) {
    return hidden.linear(outputWeight(), outputBias());
  }
}
