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
 * Llama (Touvron et al. 2023; Llama 3: Grattafiori et al. 2024): a pre-norm decoder with root mean
 * square norms, rotary positions, gated feed-forward layers and, from Llama 2 on, keys and values
 * that groups of heads share.
 *
 * <pre>
 * input   E[token]
 * layer   x ← x + GroupedQueryAttention(RMSNorm(x));  x ← x + SwiGLU(RMSNorm(x))
 * output  softmax(RMSNorm(x) Wᵀ)
 * </pre>
 *
 * <p>Differs from {@link Gpt2} by these parts, by having no biases, and by an output projection of
 * its own. B batch, T tokens, D model, F feed-forward, H heads, G groups of them, Dh head size, V
 * vocabulary.
 */
public final class Llama extends Module implements CausalLm {
  /** Sizes and choices; {@link #LLAMA_7B} is the first paper's smallest. */
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
      @Key("attention_bias") @Doc("biases in attention") boolean attentionBias,
      @Key("mlp_bias") @Doc("biases in feed-forward layers") boolean ffnBias,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      RotaryConfig rope) {
    public static final Config LLAMA_7B =
        new Config(
            32000,
            4096,
            11008,
            32,
            32,
            OptionalInt.empty(),
            OptionalInt.empty(),
            Activation.SILU,
            2048,
            1e-6,
            OptionalInt.empty(),
            false,
            false,
            false,
            0,
            RotaryConfig.plain(10_000));

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("ffn", ffn);
      Sizes.positive("layers", layers);
      Sizes.positive("positions", positions);
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
  private final List<Layer> layers;
  private final RmsNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Llama(Config c) {
    this(c, true);
  }

  private Llama(Config c, boolean scores) {
    this.positions = c.positions();
    int pad = c.pad().orElse(Embedding.NO_PADDING);
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), pad));
    this.rotary =
        child(
            "rotary",
            new Rotary(c.rope(), c.attention().headSize(), c.positions(), Rotary.Layout.HALVES));
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
              new GroupedQueryAttention(
                  c.attention(), c.attentionBias(), c.attentionBias(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new RmsNorm(c.d(), c.eps()));
      ffn = child("ffn", new GatedFeedForward(c.d(), c.ffn(), c.activation(), c.ffnBias(), 0));
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
      new DecoderFamily<>("llama", "model.", Config.LLAMA_7B, Llama::new, WEIGHTS)
          .scoring("LlamaForCausalLM")
          .plain("LlamaModel")
          .texts("LlamaForSequenceClassification")
          .tokens("LlamaForTokenClassification", "score")
          .spans("LlamaForQuestionAnswering", "transformer.")
          .architectures();
}
