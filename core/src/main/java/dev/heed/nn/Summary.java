package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/** A vector of the whole text from those of its tokens: act(h Wᵀ + b) of one that is chosen. */
public final class Summary extends Head {
  /** Which of a text's vectors stand for the whole. */
  public enum Which {
    LAST,
    FIRST,
    MEAN,
    /** The last too, where no place is given. */
    CLS_INDEX
  }

  /** Choices, under the names that Hugging Face's models share. */
  @Fixed("summary_proj_to_labels = false")
  public record Config(
      @Key("summary_type") @Doc("the vector of a text") Which which,
      @Key("summary_use_proj") @Doc("map the vector of a text") boolean mapped,
      @Key("summary_activation") @Doc("then this nonlinearity") Activation activation,
      @Key("summary_last_dropout") @Doc("dropout before classes") double dropout) {}

  private final Which which;
  private final Optional<Linear> dense;
  private final Activation activation;

  public Summary(int size, Config c) {
    which = c.which();
    dense =
        c.mapped() ? Optional.of(child("dense", new Linear(size, size, true))) : Optional.empty();
    activation = c.activation();
  }

  /** (B, T, D) → (B, D). */
  @Override
  public Tensor forward(Tensor hidden) {
    Tensor one =
        switch (which) {
          case FIRST -> hidden.select(1, 0);
          case MEAN -> hidden.mean(1);
          case LAST, CLS_INDEX -> hidden.select(1, hidden.size(1) - 1);
        };
    return activation.forward(dense.isPresent() ? dense.get().forward(one) : one); // (B, D)
  }
}
