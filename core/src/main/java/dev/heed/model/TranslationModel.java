package dev.heed.model;

import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * An encoder–decoder that is trained from a recipe, with a vocabulary of its own.
 *
 * @param <C> what config.json says of it
 */
public interface TranslationModel<C extends Record> extends Seq2Seq {
  /** Sizes and choices: what a recipe's section {@code model} holds. */
  sealed interface Config permits Transformer.Config, RecurrentSeq2Seq.Config, ConvSeq2Seq.Config {
    /** The longest sequence that the model takes, in tokens. */
    int positions();

    /**
     * A model with random weights, on the CPU.
     *
     * @throws dev.heed.config.UserError if all embeddings are to be tied and the vocabularies
     *     differ
     */
    TranslationModel<?> create(Vocabulary vocabulary);
  }

  Config config();

  Vocabulary vocabulary();

  /** The name under which it is saved. */
  Architecture<C> architecture();

  C stored();

  /** Itself. */
  Module module();

  /** Which of the source ids (B, S) are real: BOOL (B, S). */
  default Optional<Tensor> real(Tensor ids) {
    return Optional.of(ids.ne(vocabulary().pad()));
  }
}
