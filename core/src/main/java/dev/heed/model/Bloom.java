package dev.heed.model;

import dev.heed.attention.MegatronAttention;
import dev.heed.attention.Pass;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Alibi;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * BLOOM (Le Scao et al. 2022, section 3.2): a pre-norm decoder that knows positions by ALiBi and
 * normalises its embeddings.
 *
 * <pre>
 * input   LN(E[token])
 * layer   x ← x + Dropout(SelfAttention(LN(x)) with ALiBi);  x ← x + Dropout(FFN(LN(x)))
 * output  softmax(LN(x) Eᵀ)
 * </pre>
 *
 * <p>Differs from {@link Gpt2} by the norm of the embeddings and by ALiBi instead of learned
 * positions. B batch, T tokens, S keys, D model, H heads, V vocabulary.
 */
public final class Bloom extends Module implements CausalLm {
  /** Sizes and choices; {@link #BLOOM_560M} is the smallest that was published. */
  @Fixed("slow_but_exact = false")
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key({"hidden_size", "n_embed"}) @Doc("model width D") int d,
      @Key({"n_layer", "num_hidden_layers"}) @Doc("layers") int layers,
      @Key({"n_head", "num_attention_heads"}) @Doc("attention heads H; must divide `d`") int heads,
      @Key("layer_norm_epsilon") @Doc("added to variances") double eps,
      @Key("apply_residual_connection_post_layernorm")
          @Doc("add sublayers to what the norms give, not to what they are given")
          boolean residualOfNorm,
      @Key("hidden_dropout") @Doc("dropout of sublayers") double dropout,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied) {
    public static final Config BLOOM_560M =
        new Config(250_880, 1024, 24, 16, 1e-5, false, 0, 0, true);

    /** What config.json means where it is silent. */
    private static final Config DEFAULT = new Config(250_880, 64, 2, 8, 1e-5, false, 0, 0, true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  private final Embedding tokens;
  private final LayerNorm tokenNorm;
  private final Alibi alibi;
  private final List<Layer> layers;
  private final LayerNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Bloom(Config c) {
    this(c, true);
  }

  private Bloom(Config c, boolean scores) {
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.tokenNorm = child("tokenNorm", new LayerNorm(c.d(), c.eps()));
    this.alibi = child("alibi", new Alibi(c.heads(), Alibi.MAX));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.output =
        child(
            "output",
            c.tied() || !scores
                ? tokens
                : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
  }

  private static final class Layer extends Module {
    private final LayerNorm attentionNorm;
    private final MegatronAttention attention;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;
    private final boolean residualOfNorm;

    Layer(Config c) {
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      attention =
          child("attention", new MegatronAttention(c.d(), c.heads(), true, c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), 4L * c.d(), Activation.GELU_NEW, 0));
      dropout = child("dropout", new Dropout(c.dropout()));
      residualOfNorm = c.residualOfNorm();
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask, Pass pass) {
      Tensor h = attentionNorm.forward(x); // (B, T, D)
      Tensor attended = attention.forward(h, Optional.empty(), mask, pass); // (B, T, D)
      Tensor seen = dropout.residual(residualOfNorm ? h : x, attended);
      Tensor g = ffnNorm.forward(seen); // (B, T, D)
      return dropout.residual(residualOfNorm ? g : seen, ffn.forward(g));
    }
  }

  @Override
  public Tensor decode(Tensor ids, Pass pass) {
    Tensor x = tokenNorm.forward(tokens.forward(ids)); // (B, T, D)
    Mask mask = pass.mask().plus(alibi.bias(pass.keyPositions(), pass.length(), x.dtype()));
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), mask, pass);
    return show("hidden_states", norm.forward(x)); // (B, T, D)
  }

  @Override
  public Tensor outputWeight() {
    return output.weight();
  }

  @Override
  public Optional<Tensor> outputBias() {
    return Optional.empty();
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String WEIGHTS =
      """
      tokens.weight                 = transformer.word_embeddings.weight
      tokenNorm.*                   = transformer.word_embeddings_layernorm.*
      layer.*.attentionNorm.*       = transformer.h.*.input_layernorm.*
      layer.*.attention.qkv.*       = transformer.h.*.self_attention.query_key_value.*
      layer.*.attention.heads.out.* = transformer.h.*.self_attention.dense.*
      layer.*.ffnNorm.*             = transformer.h.*.post_attention_layernorm.*
      layer.*.ffn.in.*              = transformer.h.*.mlp.dense_h_to_4h.*
      layer.*.ffn.out.*             = transformer.h.*.mlp.dense_4h_to_h.*
      norm.*                        = transformer.ln_f.*
      output.weight                 = lm_head.weight
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new DecoderFamily<>("bloom", "transformer.", Config.DEFAULT, Bloom::new, WEIGHTS)
          .scoring("BloomForCausalLM")
          .plain("BloomModel")
          .texts("BloomForSequenceClassification")
          .tokens("BloomForTokenClassification", "classifier")
          .spans("BloomForQuestionAnswering", "transformer.")
          .architectures();
}
