package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** The nonlinearities, under Hugging Face's names. */
public enum Activation {
  RELU,
  /** x·Φ(x) (Hendrycks and Gimpel 2016). */
  GELU,
  /** The tanh approximation of GELU, as in GPT-2. */
  GELU_NEW,
  SILU;

  public Tensor forward(Tensor x) {
    return switch (this) {
      case RELU -> x.relu();
      case GELU -> x.gelu(false);
      case GELU_NEW -> x.gelu(true);
      case SILU -> x.silu();
    };
  }
}
