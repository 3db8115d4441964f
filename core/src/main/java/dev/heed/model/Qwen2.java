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
 * Qwen2 (Yang et al. 2024, section 2.2): {@link Llama}'s decoder with biases in queries, keys and
 * values. Some of its upper layers may attend to the last W tokens alone.
 *
 * <pre>
 * input   E[token]
 * layer   x ← x + GroupedQueryAttention(RMSNorm(x));  x ← x + SwiGLU(RMSNorm(x))
 * output  softmax(RMSNorm(x) Aᵀ)
 * </pre>
 *
 * <p>B batch, T tokens, D model, F feed-forward, H heads, G groups of them, Dh head size, W window,
 * V vocabulary.
 */
public final class Qwen2 extends Module implements CausalLm {
  private static final String FULL = "full_attention";
  private static final String SLIDING = "sliding_attention";

  /** Sizes and choices; {@link #DEFAULT} are Hugging Face's. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads H") int heads,
      @Key("num_key_value_heads") @Doc("groups G of heads; H if it isn't given") OptionalInt groups,
      @Key("hidden_act") @Doc("the gate's nonlinearity") Activation activation,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("rms_norm_eps") @Doc("added to mean squares") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied,
      @Key("use_sliding_window") @Doc("limit attention to a window in some layers")
          boolean windowed,
      @Key("sliding_window") @Doc("tokens W that one may attend to there") OptionalInt window,
      @Key("max_window_layers") @Doc("the first layer with a window, from 0, if none are named")
          int firstWindow,
      @Key("layer_types") @Doc("`sliding_attention` or `full_attention` for each layer")
          List<String> layerTypes,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      RotaryConfig rope) {
    public static final Config DEFAULT =
        new Config(
            151_936,
            4096,
            22016,
            32,
            32,
            OptionalInt.of(32),
            Activation.SILU,
            32768,
            1e-6,
            OptionalInt.empty(),
            false,
            false,
            OptionalInt.of(4096),
            28,
            List.of(),
            0,
            RotaryConfig.plain(10_000));

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("ffn", ffn);
      Sizes.positive("layers", layers);
      Sizes.positive("positions", positions);
      Sizes.divides("heads", heads, "d", d);
      window.ifPresent(size -> Sizes.positive("window", size));
      boolean slides = windowed && window.isPresent();
      if (!layerTypes.isEmpty() && layerTypes.size() != layers)
        throw new IllegalArgumentException(
            "layer_types has %d entries for %d layers".formatted(layerTypes.size(), layers));
      for (String type : layerTypes)
        if (!type.equals(FULL) && !(type.equals(SLIDING) && slides))
          throw new IllegalArgumentException(
              "layer_types has \"%s\": known are %s, and %s if use_sliding_window is true"
                  .formatted(type, FULL, SLIDING));
      rope.wholeHeads();
    }

    private boolean slides(int layer) {
      if (!layerTypes.isEmpty()) return layerTypes.get(layer).equals(SLIDING);
      return windowed && window.isPresent() && layer >= firstWindow;
    }

    private GroupedQueryAttention.Shape attention() {
      return new GroupedQueryAttention.Shape(d, heads, groups.orElse(heads), d / heads);
    }
  }

  private final Embedding tokens;
  private final Rotary rotary;
  private final Config config;
  private final List<Layer> layers;
  private final RmsNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Qwen2(Config c) {
    this(c, true);
  }

  private Qwen2(Config c, boolean scores) {
    int pad = c.pad().orElse(Embedding.NO_PADDING);
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), pad));
    this.rotary =
        child(
            "rotary",
            new Rotary(c.rope(), c.attention().headSize(), c.positions(), Rotary.Layout.HALVES));
    this.config = c;
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
              new GroupedQueryAttention(c.attention(), true, false, c.attentionDropout()));
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
    Pass near = config.window().isPresent() ? pass.near(config.window().getAsInt()) : pass;
    for (int i = 0; i < layers.size(); i++) {
      Pass seen = config.slides(i) ? near : pass;
      x = layers.get(i).forward(show("hidden_states", x), rotation, seen);
    }
    return show("hidden_states", norm.forward(x)); // (B, T, D)
  }

  @Override
  public int positions() {
    return config.positions();
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
      new DecoderFamily<>("qwen2", "model.", Config.DEFAULT, Qwen2::new, WEIGHTS)
          .scoring("Qwen2ForCausalLM")
          .plain("Qwen2Model")
          .texts("Qwen2ForSequenceClassification")
          .tokens("Qwen2ForTokenClassification", "score")
          .spans("Qwen2ForQuestionAnswering", "transformer.")
          .architectures();
}
