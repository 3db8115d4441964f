package dev.heed.model;

import dev.heed.nn.Module;

/**
 * A model under Hugging Face's name. To add one to Heed is to write its file and name its
 * architectures in {@code hub/Architectures}.
 *
 * @param name the class in config.json's {@code architectures}
 * @param type config.json's {@code model_type}
 * @param prefix what the names of the model without heads begin with when it has heads, such as
 *     {@code bert.}; empty if there is no such model
 * @param defaults what a key means that config.json lacks
 * @param factory makes a model with random weights, on the CPU
 * @param weights lines of {@code our name = theirs}, which {@code hub/WeightNames} explains
 * @param reads what it is given
 */
public record Architecture<C extends Record>(
    String name,
    String type,
    String prefix,
    C defaults,
    Factory<C> factory,
    String weights,
    Modality reads) {

  /** One that reads text. */
  public Architecture(
      String name, String type, String prefix, C defaults, Factory<C> factory, String weights) {
    this(name, type, prefix, defaults, factory, weights, Modality.TEXT);
  }

  /** Makes a model. */
  public interface Factory<C> {
    /**
     * @param labels how many classes a head tells apart
     * @throws RuntimeException if the config's values don't go together
     */
    Module create(C config, int labels);
  }

  /**
   * A model, or a part of one, whose names in a file depend on its config, as those of tied
   * matrices may.
   */
  public interface OwnNames {
    /** That of the whole model, instead of the architecture's {@link Architecture#weights}. */
    String table();
  }
}
