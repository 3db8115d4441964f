package dev.heed.model;

import dev.heed.attention.GroupedQueryAttention;
import dev.heed.attention.Pass;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.nn.Activation;
import dev.heed.nn.Embedding;
import dev.heed.nn.GatedFeedForward;
import dev.heed.nn.Linear;
import dev.heed.nn.MixtureOfExperts;
import dev.heed.nn.Module;
import dev.heed.nn.RmsNorm;
import dev.heed.nn.Routing;
import dev.heed.nn.Sizes;
import dev.heed.position.Rotary;
import dev.heed.position.RotaryConfig;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Mixtral (Jiang et al. 2024): {@link Mistral}'s decoder, in whose feed-forward layers each token
 * uses K of E experts.
 *
 * <pre>
 * input   E[token]
 * layer   x ← x + GroupedQueryAttention(RMSNorm(x));  x ← x + MixtureOfExperts(RMSNorm(x))
 * output  softmax(RMSNorm(x) Aᵀ)
 * </pre>
 *
 * <p>B batch, T tokens, D model, F feed-forward, H heads, G groups of them, Dh head size, W window,
 * V vocabulary.
 */
public final class Mixtral extends Module implements ExpertLm {
  /** Sizes and choices; {@link #MIXTRAL_8X7B} is the paper's. */
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
      @Key({"num_local_experts", "num_experts"}) @Doc("experts E of a layer") int experts,
      @Key("num_experts_per_tok") @Doc("experts K that a token uses") int choices,
      @Key("router_aux_loss_coef") @Doc("weight of the loss that balances experts") double balance,
      @Key("router_jitter_noise")
          @Doc("in training, experts' inputs are scaled by 1 ± this at most")
          double jitter,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      RotaryConfig rope) {
    public static final Config MIXTRAL_8X7B =
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
            1e-5,
            OptionalInt.empty(),
            false,
            OptionalInt.empty(),
            8,
            2,
            0.001,
            0,
            0,
            RotaryConfig.plain(1_000_000));

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("ffn", ffn);
      Sizes.positive("layers", layers);
      Sizes.positive("positions", positions);
      window.ifPresent(size -> Sizes.positive("window", size));
      Sizes.positive("experts", experts);
      Sizes.positive("experts for each token", choices);
      if (choices > experts)
        throw new IllegalArgumentException(
            "%d experts for each token are more than the %d that there are"
                .formatted(choices, experts));
      if (headSize.isEmpty()) Sizes.divides("heads", heads, "d", d);
      rope.wholeHeads();
    }

    private GroupedQueryAttention.Shape attention() {
      return new GroupedQueryAttention.Shape(
          d, heads, groups.orElse(heads), headSize.orElse(d / heads));
    }
  }

  private final Embedding tokens;
  private final Rotary rotary;
  private final Config config;
  private final List<Layer> layers;
  private final RmsNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Mixtral(Config c) {
    this(c, true);
  }

  private Mixtral(Config c, boolean scores) {
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
    private final MixtureOfExperts ffn;
    private final double jitter;

    Layer(Config c) {
      attentionNorm = child("attentionNorm", new RmsNorm(c.d(), c.eps()));
      attention =
          child(
              "attention",
              new GroupedQueryAttention(c.attention(), false, false, c.attentionDropout()));
      ffnNorm = child("ffnNorm", new RmsNorm(c.d(), c.eps()));
      ffn = child("ffn", experts(c));
      jitter = c.jitter();
    }

    private static MixtureOfExperts experts(Config c) {
      return new MixtureOfExperts(
          new Linear(c.d(), c.experts(), false),
          IntStream.range(0, c.experts())
              .mapToObj(e -> new GatedFeedForward(c.d(), c.ffn(), c.activation(), false, 0))
              .toList(),
          MixtureOfExperts.Way.of(Routing.Top.unbounded(c.choices(), Routing.Gate.OF_CHOSEN)));
    }

    /** (B, T, D) → (B, T, D), and the router's logits (B·T, E). */
    MixtureOfExperts.Answer forward(Tensor x, Rotation rotation, Pass pass) {
      Tensor seen = x.add(attention.forward(attentionNorm.forward(x), rotation, pass.mask(), pass));
      var answer = ffn.answer(shaken(ffnNorm.forward(seen)), Optional.empty());
      Tensor logits = answer.logits().reshape(-1, answer.logits().size(2));
      return new MixtureOfExperts.Answer(show("router_logits", logits), seen.add(answer.values()));
    }

    private Tensor shaken(Tensor x) {
      if (!training() || jitter == 0) return x;
      return x.mul(Tensor.empty(x.dtype(), x.device(), x.shape()).uniform_(1 - jitter, 1 + jitter));
    }
  }

  @Override
  public Routed route(Tensor ids, Pass pass) {
    Tensor x = tokens.forward(ids); // (B, T, D)
    Rotation rotation = rotary.at(pass.positions(), pass.length(), x.dtype());
    OptionalInt window = config.window();
    Pass near = window.isPresent() ? pass.near(window.getAsInt()) : pass;
    List<Tensor> logits = new ArrayList<>();
    for (Layer layer : layers) {
      var answer = layer.forward(show("hidden_states", x), rotation, near);
      logits.add(answer.logits());
      x = answer.values();
    }
    return new Routed(show("hidden_states", norm.forward(x)), logits);
  }

  @Override
  public int choices() {
    return config.choices();
  }

  @Override
  public double balance() {
    return config.balance();
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
      layer.*.ffn.router.weight     = model.layers.*.block_sparse_moe.gate.weight
      layer.*.ffn.expert.*.in.*     = model.layers.*.block_sparse_moe.experts.*.{w1,w3}.*
      layer.*.ffn.expert.*.out.*    = model.layers.*.block_sparse_moe.experts.*.w2.*
      norm.weight                   = model.norm.weight
      output.weight                 = lm_head.weight
      -                             = model.layers.*.self_attn.rotary_emb.inv_freq
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new DecoderFamily<>("mixtral", "model.", Config.MIXTRAL_8X7B, Mixtral::new, WEIGHTS)
          .scoring("MixtralForCausalLM")
          .plain("MixtralModel")
          .texts("MixtralForSequenceClassification")
          .tokens("MixtralForTokenClassification", "score")
          .spans("MixtralForQuestionAnswering", "model.")
          .architectures();
}
