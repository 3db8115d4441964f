package dev.heed.model;

import dev.heed.attention.GroupedQueryAttention;
import dev.heed.attention.Pass;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.nn.Activation;
import dev.heed.nn.Embedding;
import dev.heed.nn.GatedFeedForward;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Rotary;
import dev.heed.position.RotaryConfig;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Gemma (Gemma Team 2024, section 2): {@link Llama}'s decoder with embeddings scaled by √D, norms
 * whose gain is 1 + w, GEGLU, heads of a size of their own, and outputs scored by the embeddings.
 *
 * <pre>
 * input   √D · E[token]
 * layer   x ← x + GroupedQueryAttention(RMSNorm(x));  x ← x + GEGLU(RMSNorm(x))
 * output  softmax(RMSNorm(x) Eᵀ)
 * </pre>
 *
 * <p>B batch, T tokens, D model, F feed-forward, H heads, G groups of them, Dh head size, V
 * vocabulary.
 */
public final class Gemma extends Module implements CausalLm {
  /** Sizes and choices; {@link #GEMMA_7B} is the paper's larger. */
  @Fixed("use_bidirectional_attention = false")
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads H") int heads,
      @Key("num_key_value_heads") @Doc("groups G of heads; H if it isn't given") OptionalInt groups,
      @Key("head_dim") @Doc("head size Dh") int headSize,
      @Key({"hidden_activation", "hidden_act"}) @Doc("the gate's nonlinearity")
          Activation activation,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("rms_norm_eps") @Doc("added to mean squares") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied,
      @Key("attention_bias") @Doc("biases in attention") boolean attentionBias,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      RotaryConfig rope) {
    public static final Config GEMMA_7B =
        new Config(
            256_000,
            3072,
            24576,
            28,
            16,
            OptionalInt.of(16),
            256,
            Activation.GELU_NEW,
            8192,
            1e-6,
            OptionalInt.of(0),
            true,
            false,
            0,
            RotaryConfig.plain(10_000));

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("ffn", ffn);
      Sizes.positive("layers", layers);
      Sizes.positive("positions", positions);
      // What early files call gelu was always its approximation.
      if (activation == Activation.GELU) activation = Activation.GELU_NEW;
      rope.wholeHeads();
    }

    private GroupedQueryAttention.Shape attention() {
      return new GroupedQueryAttention.Shape(d, heads, groups.orElse(heads), headSize);
    }
  }

  private final int positions;
  private final Embedding tokens;
  private final double scale;
  private final Rotary rotary;
  private final List<Layer> layers;
  private final Norm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Gemma(Config c) {
    this(c, true);
  }

  private Gemma(Config c, boolean scores) {
    this.positions = c.positions();
    int pad = c.pad().orElse(Embedding.NO_PADDING);
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), pad));
    this.scale = Math.sqrt(c.d());
    this.rotary =
        child(
            "rotary",
            new Rotary(c.rope(), c.attention().headSize(), c.positions(), Rotary.Layout.HALVES));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
    this.norm = child("norm", new Norm(c.d(), c.eps()));
    this.output =
        child(
            "output",
            c.tied() || !scores
                ? tokens
                : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
  }

  /** RMSNorm with the gain 1 + w, which weight decay pulls to 1. */
  private static final class Norm extends Module {
    private final Tensor weight; // (D)
    private final double eps;

    Norm(int size, double eps) {
      this.weight = parameter("weight", Init.zeros(size));
      this.eps = eps;
    }

    Tensor forward(Tensor x) {
      return x.rmsNorm(weight.add(1), eps);
    }
  }

  private static final class Layer extends Module {
    private final Norm attentionNorm;
    private final GroupedQueryAttention attention;
    private final Norm ffnNorm;
    private final GatedFeedForward ffn;

    Layer(Config c) {
      attentionNorm = child("attentionNorm", new Norm(c.d(), c.eps()));
      attention =
          child(
              "attention",
              new GroupedQueryAttention(
                  c.attention(), c.attentionBias(), c.attentionBias(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new Norm(c.d(), c.eps()));
      ffn = child("ffn", new GatedFeedForward(c.d(), c.ffn(), c.activation(), false, 0));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Rotation rotation, Pass pass) {
      Tensor seen = x.add(attention.forward(attentionNorm.forward(x), rotation, pass.mask(), pass));
      return seen.add(ffn.forward(ffnNorm.forward(seen)));
    }
  }

  @Override
  public Tensor decode(Tensor ids, Pass pass) {
    Tensor x = tokens.forward(ids).mul(scale); // (B, T, D)
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
      tokens.weight                 = model.embed_tokens.weight
      layer.*.attentionNorm.weight  = model.layers.*.input_layernorm.weight
      layer.*.attention.qkv.*       = model.layers.*.self_attn.{q_proj,k_proj,v_proj}.*
      layer.*.attention.heads.out.* = model.layers.*.self_attn.o_proj.*
      layer.*.ffnNorm.weight        = model.layers.*.post_attention_layernorm.weight
      layer.*.ffn.in.*              = model.layers.*.mlp.{gate_proj,up_proj}.*
      layer.*.ffn.out.*             = model.layers.*.mlp.down_proj.*
      norm.weight                   = model.norm.weight
      output.weight                 = lm_head.weight
      -                             = model.layers.*.self_attn.rotary_emb.inv_freq
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new DecoderFamily<>("gemma", "model.", Config.GEMMA_7B, Gemma::new, WEIGHTS)
          .scoring("GemmaForCausalLM")
          .plain("GemmaModel")
          .texts("GemmaForSequenceClassification")
          .tokens("GemmaForTokenClassification", "score")
          .architectures();
}
