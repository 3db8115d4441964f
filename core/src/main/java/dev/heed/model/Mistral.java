package dev.heed.model;

import dev.heed.attention.GroupedQueryAttention;
import dev.heed.attention.Pass;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.nn.Activation;
import dev.heed.nn.Embedding;
import dev.heed.nn.GatedFeedForward;
import dev.heed.nn.Module;
import dev.heed.nn.RmsNorm;
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
 * Mistral 7B (Jiang et al. 2023): {@link Llama}'s decoder with attention to the last W tokens
 * alone, so that what a token can see reaches W further back with each layer (section 2).
 *
 * <pre>
 * input   E[token]
 * layer   x ← x + WindowedGroupedQueryAttention(RMSNorm(x));  x ← x + SwiGLU(RMSNorm(x))
 * output  softmax(RMSNorm(x) Aᵀ)
 * </pre>
 *
 * <p>B batch, T tokens, D model, F feed-forward, H heads, G groups of them, Dh head size, W window,
 * V vocabulary.
 */
public final class Mistral extends Module implements CausalLm {
  /** Sizes and choices; {@link #MISTRAL_7B} are those of version 0.1. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads H") int heads,
      @Key("num_key_value_heads") @Doc("groups G of heads; H if it isn't given") OptionalInt groups,
      @Key("head_dim") @Doc("head size Dh; D/H if it isn't given") OptionalInt headSize,
      @Key("hidden_act") @Doc("the gate's nonlinearity") Activation activation,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("rms_norm_eps") @Doc("added to mean squares") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied,
      @Key("sliding_window") @Doc("tokens W that one may attend to; all if it is null")
          OptionalInt window,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      RotaryConfig rope) {
    public static final Config MISTRAL_7B =
        new Config(
            32000,
            4096,
            14336,
            32,
            32,
            OptionalInt.of(8),
            OptionalInt.empty(),
            Activation.SILU,
            131_072,
            1e-6,
            OptionalInt.empty(),
            false,
            OptionalInt.of(4096),
            0,
            RotaryConfig.plain(10_000));

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("ffn", ffn);
      Sizes.positive("layers", layers);
      Sizes.positive("positions", positions);
      window.ifPresent(size -> Sizes.positive("window", size));
      if (headSize.isEmpty()) Sizes.divides("heads", heads, "d", d);
      rope.wholeHeads();
    }

    private GroupedQueryAttention.Shape attention() {
      return new GroupedQueryAttention.Shape(
          d, heads, groups.orElse(heads), headSize.orElse(d / heads));
    }
  }

  private final int positions;
  private final Embedding tokens;
  private final Rotary rotary;
  private final OptionalInt window;
  private final List<Layer> layers;
  private final RmsNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Mistral(Config c) {
    this(c, true);
  }

  private Mistral(Config c, boolean scores) {
    this.positions = c.positions();
    int pad = c.pad().orElse(Embedding.NO_PADDING);
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), pad));
    this.rotary =
        child(
            "rotary",
            new Rotary(c.rope(), c.attention().headSize(), c.positions(), Rotary.Layout.HALVES));
    this.window = c.window();
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
    this.norm = child("norm", new RmsNorm(c.d(), c.eps()));
    this.output =
        child(
            "output",
            c.tied() || !scores
                ? tokens
                : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
  }

  private static final class Layer extends Module {
    private final RmsNorm attentionNorm;
    private final GroupedQueryAttention attention;
    private final RmsNorm ffnNorm;
    private final GatedFeedForward ffn;

    Layer(Config c) {
      attentionNorm = child("attentionNorm", new RmsNorm(c.d(), c.eps()));
      attention =
          child(
              "attention",
              new GroupedQueryAttention(c.attention(), false, false, c.attentionDropout()));
      ffnNorm = child("ffnNorm", new RmsNorm(c.d(), c.eps()));
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
    Tensor x = tokens.forward(ids); // (B, T, D)
    Rotation rotation = rotary.at(pass.positions(), pass.length(), x.dtype());
    Pass near = window.isPresent() ? pass.near(window.getAsInt()) : pass;
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), rotation, near);
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
      new DecoderFamily<>("mistral", "model.", Config.MISTRAL_7B, Mistral::new, WEIGHTS)
          .scoring("MistralForCausalLM")
          .plain("MistralModel")
          .texts("MistralForSequenceClassification")
          .tokens("MistralForTokenClassification", "score")
          .spans("MistralForQuestionAnswering", "model.")
          .architectures();
}
