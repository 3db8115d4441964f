package dev.heed.model;

import dev.heed.attention.MegatronAttention;
import dev.heed.attention.Pass;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Rotary;
import dev.heed.position.RotaryConfig;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * GPT-NeoX (Black et al. 2022, section 2.1): attention and feed-forward layer side by side, and
 * rotary positions in a part of each head. Pythia (Biderman et al. 2023) is the same.
 *
 * <pre>
 * input   Dropout(E[token])
 * layer   x ← x + Dropout(SelfAttention(LN₁(x))) + Dropout(FFN(LN₂(x)))
 * output  softmax(LN(x) Wᵀ)
 * </pre>
 *
 * <p>Differs from {@link GptJ} by a second norm in each layer, by biases, and by the pairs of
 * features that are turned. B batch, T tokens, D model, F feed-forward, V vocabulary.
 */
public final class GptNeoX extends Module implements CausalLm {
  /** Sizes and choices; {@link #NEOX_20B} is the paper's. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("use_parallel_residual") @Doc("attention and feed-forward layer side by side")
          boolean parallel,
      @Key("attention_bias") @Doc("biases in attention") boolean attentionBias,
      @Key("hidden_dropout") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied,
      RotaryConfig rope) {
    public static final Config NEOX_20B =
        new Config(
            50432,
            6144,
            24576,
            44,
            64,
            Activation.GELU,
            2048,
            1e-5,
            true,
            true,
            0,
            0,
            false,
            RotaryConfig.partial(10_000, OptionalDouble.of(0.25)));

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("ffn", ffn);
      Sizes.positive("layers", layers);
      Sizes.positive("positions", positions);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  private final int positions;
  private final Embedding tokens;
  private final Dropout dropout;
  private final Rotary rotary;
  private final List<Layer> layers;
  private final LayerNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public GptNeoX(Config c) {
    this(c, true);
  }

  private GptNeoX(Config c, boolean scores) {
    this.positions = c.positions();
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.rotary =
        child(
            "rotary",
            new Rotary(
                c.rope(), c.rope().of(c.d() / c.heads()), c.positions(), Rotary.Layout.HALVES));
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
    private final boolean parallel;

    Layer(Config c) {
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      attention =
          child(
              "attention",
              new MegatronAttention(c.d(), c.heads(), c.attentionBias(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      dropout = child("dropout", new Dropout(c.dropout()));
      parallel = c.parallel();
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Rotation rotation, Pass pass) {
      Tensor attended =
          attention.forward(attentionNorm.forward(x), Optional.of(rotation), pass.mask(), pass);
      Tensor seen = dropout.residual(x, attended);
      return dropout.residual(seen, ffn.forward(ffnNorm.forward(parallel ? x : seen)));
    }
  }

  @Override
  public Tensor decode(Tensor ids, Pass pass) {
    Tensor x = dropout.forward(tokens.forward(ids)); // (B, T, D)
    Rotation rotation = rotary.at(pass.positions(), pass.length(), x.dtype());
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), rotation, pass);
    return show("hidden_states", norm.forward(x)); // (B, T, D)
  }

  @Override
  public int positions() {
    return positions;
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
      tokens.weight                 = gpt_neox.embed_in.weight
      layer.*.attentionNorm.*       = gpt_neox.layers.*.input_layernorm.*
      layer.*.attention.qkv.*       = gpt_neox.layers.*.attention.query_key_value.*
      layer.*.attention.heads.out.* = gpt_neox.layers.*.attention.dense.*
      layer.*.ffnNorm.*             = gpt_neox.layers.*.post_attention_layernorm.*
      layer.*.ffn.in.*              = gpt_neox.layers.*.mlp.dense_h_to_4h.*
      layer.*.ffn.out.*             = gpt_neox.layers.*.mlp.dense_4h_to_h.*
      norm.*                        = gpt_neox.final_layer_norm.*
      output.weight                 = embed_out.weight
      -                             = gpt_neox.layers.*.attention.bias
      -                             = gpt_neox.layers.*.attention.masked_bias
      -                             = gpt_neox.layers.*.attention.rotary_emb.inv_freq
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new DecoderFamily<>("gpt_neox", "gpt_neox.", Config.NEOX_20B, GptNeoX::new, WEIGHTS)
          .scoring("GPTNeoXForCausalLM")
          .plain("GPTNeoXModel")
          .texts("GPTNeoXForSequenceClassification")
          .tokens("GPTNeoXForTokenClassification", "classifier")
          .spans("GPTNeoXForQuestionAnswering", "gpt_neox.")
          .architectures();
}
