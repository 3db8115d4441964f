package dev.heed.nn;

import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** The nonlinearities, under Hugging Face's names. */
public enum Activation {
  RELU("relu"),
  /** x·Φ(x) (Hendrycks and Gimpel 2016). */
  GELU("gelu"),
  /** The tanh approximation of GELU, as in GPT-2. */
  GELU_NEW("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh"),
  /** x·σ(1.702 x), as in CLIP. */
  QUICK_GELU("quick_gelu"),
  SILU("silu", "swish"),
  TANH("tanh"),
  SIGMOID("sigmoid"),
  /** x itself. */
  LINEAR("linear");

  private final List<String> names;

  Activation(String... names) {
    this.names = List.of(names);
  }

  /**
   * The activation that Hugging Face calls {@code name}.
   *
   * @throws UserError if there is none
   */
  public static Activation of(String name) {
    return Arrays.stream(values())
        .filter(activation -> activation.names.contains(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserError(
                    "no activation \"%s\": known are %s"
                        .formatted(
                            name, Arrays.stream(values()).map(a -> a.names.get(0)).toList())));
  }

  /** Hugging Face's name. */
  public String key() {
    return names.get(0);
  }

  public Tensor forward(Tensor x) {
    return switch (this) {
      case RELU -> x.relu();
      case GELU -> x.gelu(false);
      case GELU_NEW -> x.gelu(true);
      case QUICK_GELU -> x.mul(x.mul(1.702).sigmoid());
      case SILU -> x.silu();
      case TANH -> x.tanh();
      case SIGMOID -> x.sigmoid();
      case LINEAR -> x;
    };
  }
}
