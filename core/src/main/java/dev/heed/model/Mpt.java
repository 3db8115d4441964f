package dev.heed.model;

import dev.heed.attention.KeyValues;
import dev.heed.attention.MultiHead;
import dev.heed.attention.Pass;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Alibi;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * MPT (MosaicML 2023): a pre-norm decoder that knows positions by ALiBi and has no bias anywhere.
 *
 * <pre>
 * input   Dropout(E[token])
 * layer   x ← x + Dropout(SelfAttention(LN(x)) with ALiBi);  x ← x + Dropout(FFN(LN(x)))
 * output  softmax(LN(x) Eᵀ)
 * </pre>
 *
 * <p>Differs from {@link Bloom} by lacking biases and the norm of the embeddings, by exact GELU,
 * and by queries, keys and values that may be clipped. Hugging Face's class computes no other MPT
 * than this one, whatever {@code no_bias} and {@code expansion_ratio} say; the weights of another
 * don't fit. It also has slopes for {@code alibi_bias_max} = 8 whatever the file says; here they
 * are as MosaicML's own code has them. B batch, T tokens, S keys, D model, H heads, Dh head size, V
 * vocabulary.
 */
public final class Mpt extends Module implements CausalLm {
  /** Sizes and choices; {@link #DEFAULT} are Hugging Face's. */
  @Fixed({
    "attn_config.alibi = true",
    "attn_config.attn_type = multihead_attention",
    "attn_config.prefix_lm = false",
    "attn_config.qk_ln = false",
    "attn_config.attn_uses_sequence_id = false",
    "logit_scale = null"
  })
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key({"d_model", "hidden_size"}) @Doc("model width D") int d,
      @Key({"n_layers", "num_hidden_layers"}) @Doc("layers") int layers,
      @Key({"n_heads", "num_attention_heads"}) @Doc("attention heads H; must divide `d`") int heads,
      @Key("layer_norm_epsilon") @Doc("added to variances") double eps,
      @Key("attn_config.alibi_bias_max") @Doc("the least slope is 2 to minus this") int max,
      @Key("attn_config.softmax_scale") @Doc("scores are multiplied by it; 1/√Dh if not given")
          OptionalDouble scale,
      @Key("attn_config.clip_qkv") @Doc("the most that a query's, key's or value's entry may be")
          OptionalDouble clip,
      @Key("resid_pdrop") @Doc("dropout of sublayers") double dropout,
      @Key("emb_pdrop") @Doc("dropout of embeddings") double embeddingDropout,
      @Key("attn_config.attn_pdrop") @Doc("dropout of keys; 0 if it isn't given")
          OptionalDouble attentionDropout,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied) {
    public static final Config DEFAULT =
        new Config(
            50368,
            2048,
            24,
            16,
            1e-5,
            8,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            0,
            0,
            OptionalDouble.empty(),
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  private final Embedding tokens;
  private final Dropout dropout;
  private final Alibi alibi;
  private final List<Layer> layers;
  private final Norm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Mpt(Config c) {
    this(c, true);
  }

  private Mpt(Config c, boolean scores) {
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.dropout = child("dropout", new Dropout(c.embeddingDropout()));
    this.alibi = child("alibi", new Alibi(c.heads(), c.max()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
    this.norm = child("norm", new Norm(c));
    this.output =
        child(
            "output",
            c.tied() || !scores
                ? tokens
                : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
  }

  /** Layer normalisation without a bias. */
  private static final class Norm extends Module {
    private final Tensor gain; // (D)
    private final double eps;

    Norm(Config c) {
      gain = parameter("weight", Init.ones(c.d()));
      eps = c.eps();
    }

    Tensor forward(Tensor x) {
      return x.layerNorm(gain, eps);
    }
  }

  private static final class Attention extends Module {
    private final Linear qkv;
    private final OptionalDouble clip;
    private final MultiHead heads;

    Attention(Config c) {
      qkv = child("qkv", Linear.fused(3, c.d(), c.d(), false));
      clip = c.clip();
      double scale = c.scale().orElse(1 / Math.sqrt((double) c.d() / c.heads()));
      heads =
          child(
              "heads",
              new MultiHead(
                  c.heads(),
                  new ScaledDotProduct(scale),
                  c.attentionDropout().orElse(0),
                  new Linear(c.d(), c.d(), false)));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask, Pass pass) {
      Tensor side = qkv.forward(x); // (B, T, 3·D)
      if (clip.isPresent()) side = side.clamp(-clip.getAsDouble(), clip.getAsDouble());
      Tensor[] maps = heads.split(side, 3); // 3 × (B, H, T, Dh)
      KeyValues all = pass.extend(this, maps[1], maps[2]); // (B, H, S, Dh)
      return heads.forward(maps[0], all.keys(), all.values(), mask); // (B, T, D)
    }
  }

  private static final class Layer extends Module {
    private final Norm attentionNorm;
    private final Attention attention;
    private final Norm ffnNorm;
    private final Linear in;
    private final Linear out;
    private final Dropout dropout;

    Layer(Config c) {
      attentionNorm = child("attentionNorm", new Norm(c));
      attention = child("attention", new Attention(c));
      ffnNorm = child("ffnNorm", new Norm(c));
      in = child("in", new Linear(c.d(), 4L * c.d(), false));
      out = child("out", new Linear(4L * c.d(), c.d(), false));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask, Pass pass) {
      Tensor attended = attention.forward(attentionNorm.forward(x), mask, pass); // (B, T, D)
      Tensor seen = dropout.residual(x, attended);
      Tensor hidden = Activation.GELU.forward(in.forward(ffnNorm.forward(seen))); // (B, T, 4·D)
      return dropout.residual(seen, out.forward(hidden));
    }
  }

  @Override
  public Tensor decode(Tensor ids, Pass pass) {
    Tensor x = dropout.forward(tokens.forward(ids)); // (B, T, D)
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
      tokens.weight                      = transformer.wte.weight
      layer.*.attentionNorm.weight       = transformer.blocks.*.norm_1.weight
      layer.*.attention.qkv.weight       = transformer.blocks.*.attn.Wqkv.weight
      layer.*.attention.heads.out.weight = transformer.blocks.*.attn.out_proj.weight
      layer.*.ffnNorm.weight             = transformer.blocks.*.norm_2.weight
      layer.*.in.weight                  = transformer.blocks.*.ffn.up_proj.weight
      layer.*.out.weight                 = transformer.blocks.*.ffn.down_proj.weight
      norm.weight                        = transformer.norm_f.weight
      output.weight                      = lm_head.weight
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new DecoderFamily<>("mpt", "transformer.", Config.DEFAULT, Mpt::new, WEIGHTS)
          .scoring("MptForCausalLM")
          .plain("MptModel")
          .texts("MptForSequenceClassification")
          .tokens("MptForTokenClassification", "classifier")
          .spans("MptForQuestionAnswering", "transformer.")
          .architectures();
}
