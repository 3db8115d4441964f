package dev.heed.adapt;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.model.TextModel;
import dev.heed.nn.Embedding;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Prompt tuning (Lester et al. 2021, section 2): embeddings of virtual tokens are learned, which
 * stand before those of each text, and all else stays as it is:
 *
 * <pre>X ← [P; E[tokens]],  P (length, D)</pre>
 *
 * <p>They begin as tokens drawn from the vocabulary (section 3.2, "sampled vocabulary"). As in
 * PEFT, a head that reads the first token reads the first virtual one.
 */
public final class Prompt implements Addition {
  /** How long it is. */
  public record Config(@Doc("virtual tokens before each text") int length) {
    public static final Config DEFAULT = new Config(20);

    public Config {
      Sizes.positive("length", length);
    }
  }

  private final Config config;
  private final TextModel model;
  private final Embedding tokens;
  private final Embedding vectors; // P

  private Prompt(Config config, TextModel model, Embedding tokens, Embedding vectors) {
    this.config = config;
    this.model = model;
    this.tokens = tokens;
    this.vectors = vectors;
  }

  /**
   * Adds a prompt. All else stops being trained.
   *
   * @throws UserError if the model is no {@link TextModel}
   */
  public static Prompt add(Module model, Config config) {
    if (!(model instanceof TextModel texts))
      throw new UserError(
          "adapt.kind prompt is for models that read texts and answer by a head, and a %s isn't one: take prefix or lora"
              .formatted(model.getClass().getSimpleName()));
    List<Embedding> tables = new ArrayList<>();
    model.visit(
        "",
        (prefix, part) -> {
          if (part instanceof Embedding table) tables.add(table);
        });
    Embedding tokens = tables.get(0); // encoders declare that of tokens first
    model.weights().forEach(weight -> weight.requiresGrad(false));
    Embedding vectors = drawn(tokens.weight(), config.length());
    tokens.begin(vectors);
    texts.begin(config.length());
    return new Prompt(config, texts, tokens, vectors);
  }

  /** So many rows of a vocabulary. */
  private static Embedding drawn(Tensor vocabulary, int length) {
    Embedding drawn = new Embedding(length, vocabulary.size(1), Embedding.NO_PADDING);
    try (NoGrad off = NoGrad.on()) {
      for (int i = 0; i < length; i++) {
        Tensor any = Init.normal(1, vocabulary.size(0)).argmax(0).view(1);
        drawn.weight().narrow(0, i, 1).copy_(vocabulary.indexSelect(0, any));
      }
    }
    return drawn;
  }

  public Config config() {
    return config;
  }

  /** D. */
  public long size() {
    return vectors.weight().size(1);
  }

  @Override
  public Map<String, Tensor> weights() {
    return Map.of("prompt_embeddings", vectors.weight());
  }

  @Override
  public void leave() {
    tokens.endBeginning();
    model.begin(0);
  }
}
