package dev.heed.model;

import dev.heed.attention.GroupedQueryAttention;
import dev.heed.attention.Pass;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
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
 * GPT-J (Wang and Komatsuzaki 2021): attention and feed-forward layer side by side on one norm, and
 * rotary positions in the first features of each head.
 *
 * <pre>
 * input   Dropout(E[token])
 * layer   h = LN(x);  x ← x + Dropout(SelfAttention(h)) + Dropout(FFN(h))
 * output  softmax(LN(x) Wᵀ + b)
 * </pre>
 *
 * <p>Differs from {@link Gpt2} by these, by attention without biases, and by the output's bias. B
 * batch, T tokens, D model, F feed-forward, V vocabulary.
 */
public final class GptJ extends Module implements CausalLm {
  /** Sizes and choices; {@link #GPT_J_6B} is the one that was published. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key({"n_positions", "max_position_embeddings"}) @Doc("longest text in tokens") int positions,
      @Key({"n_embd", "hidden_size"}) @Doc("model width D") int d,
      @Key({"n_layer", "num_hidden_layers"}) @Doc("layers") int layers,
      @Key({"n_head", "num_attention_heads"}) @Doc("attention heads; must divide `d`") int heads,
      @Key("rotary_dim") @Doc("features of a head that are turned; even") int turned,
      @Key("n_inner") @Doc("feed-forward width F; 4·D if it isn't given") OptionalInt ffn,
      @Key("activation_function") @Doc("the feed-forward layer's nonlinearity")
          Activation activation,
      @Key("resid_pdrop") @Doc("dropout of sublayers") double dropout,
      @Key("embd_pdrop") @Doc("dropout of embeddings") double embeddingDropout,
      @Key("attn_pdrop") @Doc("dropout of keys") double attentionDropout,
      @Key("layer_norm_epsilon") @Doc("added to variances") double eps,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied) {
    public static final Config GPT_J_6B =
        new Config(
            50400,
            2048,
            4096,
            28,
            16,
            64,
            OptionalInt.empty(),
            Activation.GELU_NEW,
            0,
            0,
            0,
            1e-5,
            false);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("positions", positions);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn.orElse(4 * d));
      Sizes.divides("heads", heads, "d", d);
      if (turned < 2 || turned % 2 != 0 || turned > d / heads)
        throw new IllegalArgumentException(
            "rotary_dim must be even, from 2 to the head size of %d, not %d"
                .formatted(d / heads, turned));
    }
  }

  private final int positions;
  private final Embedding tokens;
  private final Dropout dropout;
  private final Rotary rotary;
  private final List<Layer> layers;
  private final LayerNorm norm;
  private final Embedding output;
  private final Optional<Tensor> outputBias; // (V)

  /** A model with random weights, on the CPU. */
  public GptJ(Config c) {
    this(c, true);
  }

  private GptJ(Config c, boolean scores) {
    this.positions = c.positions();
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.dropout = child("dropout", new Dropout(c.embeddingDropout()));
    this.rotary =
        child(
            "rotary",
            new Rotary(
                RotaryConfig.plain(10_000), c.turned(), c.positions(), Rotary.Layout.INTERLEAVED));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.output =
        child(
            "output",
            c.tied() || !scores
                ? tokens
                : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.outputBias =
        scores
            ? Optional.of(parameter("outputBias", Init.zeros(c.vocabulary())))
            : Optional.empty();
  }

  private static final class Layer extends Module {
    private final LayerNorm norm;
    private final GroupedQueryAttention attention;
    private final FeedForward ffn;
    private final Dropout dropout;

    Layer(Config c) {
      norm = child("norm", new LayerNorm(c.d(), c.eps()));
      var heads = new GroupedQueryAttention.Shape(c.d(), c.heads(), c.heads(), c.d() / c.heads());
      attention =
          child("attention", new GroupedQueryAttention(heads, false, false, c.attentionDropout()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn().orElse(4 * c.d()), c.activation(), 0));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Rotation rotation, Pass pass) {
      Tensor h = norm.forward(x); // (B, T, D)
      Tensor seen = dropout.residual(x, attention.forward(h, rotation, pass.mask(), pass));
      return dropout.residual(seen, ffn.forward(h));
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
    return outputBias;
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String WEIGHTS =
      """
      tokens.weight                 = transformer.wte.weight
      layer.*.norm.*                = transformer.h.*.ln_1.*
      layer.*.attention.qkv.*       = transformer.h.*.attn.{q_proj,k_proj,v_proj}.*
      layer.*.attention.heads.out.* = transformer.h.*.attn.out_proj.*
      layer.*.ffn.in.*              = transformer.h.*.mlp.fc_in.*
      layer.*.ffn.out.*             = transformer.h.*.mlp.fc_out.*
      norm.*                        = transformer.ln_f.*
      output.weight                 = lm_head.weight
      outputBias                    = lm_head.bias
      -                             = transformer.h.*.attn.bias
      -                             = transformer.h.*.attn.masked_bias
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new DecoderFamily<>("gptj", "transformer.", Config.GPT_J_6B, GptJ::new, WEIGHTS)
          .scoring("GPTJForCausalLM")
          .plain("GPTJModel")
          .texts("GPTJForSequenceClassification")
          .spans("GPTJForQuestionAnswering", "transformer.")
          .architectures();
}
