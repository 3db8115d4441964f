package dev.heed.model;

import dev.heed.attention.Pass;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Learned;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * GPT-2 (Radford et al. 2019): the Transformer's decoder alone, pre-norm.
 *
 * <pre>
 * input   Dropout(E[token] + P[position])
 * layer   x ← x + Dropout(CausalSelfAttention(LN(x)));  x ← x + Dropout(FFN(LN(x)))
 * output  softmax(LN(x) Eᵀ)
 * </pre>
 *
 * <p>Differs from {@link Transformer}'s decoder by having no memory to read, learned positions, and
 * the tanh approximation of GELU. B batch, T tokens, D model, F feed-forward, V vocabulary.
 */
public final class Gpt2 extends Module implements CausalLm {
  /** Sizes and choices; {@link #SMALL} is the smallest of the paper's four. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("n_positions") @Doc("longest text in tokens") int positions,
      @Key("n_embd") @Doc("model width D") int d,
      @Key("n_layer") @Doc("layers") int layers,
      @Key("n_head") @Doc("attention heads; must divide `d`") int heads,
      @Key("n_inner") @Doc("feed-forward width F; 4·D if it isn't given") OptionalInt ffn,
      @Key("activation_function") @Doc("the feed-forward layer's nonlinearity")
          Activation activation,
      @Key("resid_pdrop") @Doc("dropout of sublayers") double dropout,
      @Key("embd_pdrop") @Doc("dropout of embeddings") double embeddingDropout,
      @Key("attn_pdrop") @Doc("dropout of keys") double attentionDropout,
      @Key("layer_norm_epsilon") @Doc("added to variances") double eps,
      @Key("scale_attn_weights") @Doc("divide scores by the root of the head size") boolean scaled,
      @Key("scale_attn_by_inverse_layer_idx") @Doc("divide them by the layer's number too")
          boolean scaledByLayer,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied) {
    public static final Config SMALL =
        new Config(
            50257,
            1024,
            768,
            12,
            12,
            OptionalInt.empty(),
            Activation.GELU_NEW,
            0.1,
            0.1,
            0.1,
            1e-5,
            true,
            false,
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("positions", positions);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn.orElse(4 * d));
      Sizes.divides("heads", heads, "d", d);
    }

    private double scale(int layer) {
      double scale = scaled ? 1 / Math.sqrt((double) d / heads) : 1;
      return scaledByLayer ? scale / (layer + 1) : scale;
    }
  }

  private final Embedding tokens;
  private final Learned positions;
  private final Dropout dropout;
  private final List<Layer> layers;
  private final LayerNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Gpt2(Config c) {
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.positions = child("positions", new Learned(c.positions(), c.d()));
    this.dropout = child("dropout", new Dropout(c.embeddingDropout()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c, i)).toList());
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.output =
        child(
            "output",
            c.tied() ? tokens : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
  }

  private static final class Layer extends Module {
    private final LayerNorm attentionNorm;
    private final SelfAttention attention;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;

    Layer(Config c, int number) {
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      attention =
          child(
              "attention",
              new SelfAttention(
                  c.d(), c.heads(), new ScaledDotProduct(c.scale(number)), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn().orElse(4 * c.d()), c.activation(), 0));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Pass pass) {
      Tensor seen = dropout.residual(x, attention.forward(attentionNorm.forward(x), pass));
      return dropout.residual(seen, ffn.forward(ffnNorm.forward(seen)));
    }
  }

  @Override
  public Tensor decode(Tensor ids, Pass pass) {
    Tensor places = positions.forward(pass.positions(), pass.length()); // (B or 1, T, D)
    Tensor x = dropout.forward(tokens.forward(ids).add(places)); // (B, T, D)
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), pass);
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
      tokens.weight                      = transformer.wte.weight
      positions.weight                   = transformer.wpe.weight
      layer.*.attentionNorm.*            = transformer.h.*.ln_1.*
      layer.*.attention.qkv.weight       = transformer.h.*.attn.c_attn.weight ᵀ
      layer.*.attention.qkv.bias         = transformer.h.*.attn.c_attn.bias
      layer.*.attention.heads.out.weight = transformer.h.*.attn.c_proj.weight ᵀ
      layer.*.attention.heads.out.bias   = transformer.h.*.attn.c_proj.bias
      layer.*.ffnNorm.*                  = transformer.h.*.ln_2.*
      layer.*.ffn.in.weight              = transformer.h.*.mlp.c_fc.weight ᵀ
      layer.*.ffn.in.bias                = transformer.h.*.mlp.c_fc.bias
      layer.*.ffn.out.weight             = transformer.h.*.mlp.c_proj.weight ᵀ
      layer.*.ffn.out.bias               = transformer.h.*.mlp.c_proj.bias
      norm.*                             = transformer.ln_f.*
      output.weight                      = lm_head.weight
      -                                  = transformer.h.*.attn.bias
      -                                  = transformer.h.*.attn.masked_bias
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "GPT2LMHeadModel",
              "gpt2",
              "transformer.",
              Config.SMALL,
              (config, labels) -> new Gpt2(config),
              WEIGHTS));
}
