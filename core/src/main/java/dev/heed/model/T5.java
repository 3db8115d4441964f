package dev.heed.model;

import dev.heed.attention.CrossAttention;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.GatedFeedForward;
import dev.heed.nn.Head;
import dev.heed.nn.Module;
import dev.heed.nn.RmsNorm;
import dev.heed.nn.Sizes;
import dev.heed.nn.TokenHead;
import dev.heed.position.RelativeBias;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * T5 (Raffel et al. 2020), and T5 1.1 (Shazeer 2020, with a gated feed-forward layer): an
 * encoder–decoder, pre-norm, that knows positions by their distance alone.
 *
 * <pre>
 * input          Dropout(E[token])
 * encoder layer  x ← x + Dropout(SelfAttention(RMS(x)));    x ← x + Dropout(FFN(RMS(x)))
 * decoder layer  x ← x + Dropout(CausalSelfAttention(RMS(x)));
 *                x ← x + Dropout(CrossAttention(RMS(x), memory));  x ← x + Dropout(FFN(RMS(x)))
 * attention      softmax(Q Kᵀ + b[bucket(j − i)]) V; cross attention has no b
 * output         softmax(Dropout(RMS(x)) Eᵀ / √D)
 * </pre>
 *
 * <p>Differs from {@link Transformer} by the norm, which centres nothing and has no bias, by a bias
 * of the scores, which all layers of a stack share, instead of positions, by scores that aren't
 * scaled, and by having no biases. 1.1 doesn't divide by √D and has its own output matrix. B batch,
 * S source and T target tokens, D model, F feed-forward, H heads, Dh head, V vocabulary, L labels.
 */
public final class T5 extends Module implements Seq2Seq {
  /** Sizes and choices; {@link #SMALL} is the smallest of the paper's five. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("d_model") @Doc("model width D") int d,
      @Key("d_kv") @Doc("head width Dh") int headSize,
      @Key("d_ff") @Doc("feed-forward width F") int ffn,
      @Key("num_layers") @Doc("encoder layers") int encoder,
      @Key("num_decoder_layers") @Doc("decoder layers; as many if it isn't given")
          OptionalInt decoder,
      @Key("num_heads") @Doc("attention heads H") int heads,
      @Key("relative_attention_num_buckets") @Doc("distances told apart") int buckets,
      @Key("relative_attention_max_distance") @Doc("distance from which all are alike")
          int furthest,
      @Key("dropout_rate") @Doc("dropout throughout") double dropout,
      @Key("classifier_dropout") @Doc("dropout before a head") double headDropout,
      @Key("layer_norm_epsilon") @Doc("added to mean squares") double eps,
      @Key("feed_forward_proj") @Doc("an activation, or `gated-` and an activation") String ffnKind,
      @Key("decoder_start_token_id") @Doc("what the decoder begins with") int start,
      @Key("eos_token_id") @Doc("what a text ends with") int end,
      @Key({"scale_decoder_outputs", "tie_word_embeddings"}) @Doc("divide the last states by √D")
          boolean scaled,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied) {
    public static final Config SMALL =
        new Config(
            32128,
            512,
            64,
            2048,
            6,
            OptionalInt.empty(),
            8,
            32,
            128,
            0.1,
            0,
            1e-6,
            "relu",
            0,
            1,
            true,
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("d", d);
      Sizes.positive("headSize", headSize);
      Sizes.positive("ffn", ffn);
      Sizes.positive("encoder", encoder);
      Sizes.positive("decoder", decoder.orElse(encoder));
      Sizes.positive("heads", heads);
      Activation.of(activationName(ffnKind));
    }

    boolean gated() {
      return ffnKind.startsWith("gated-");
    }

    Activation activation() {
      return Activation.of(activationName(ffnKind));
    }

    /** What T5 1.1 calls gated-gelu is the tanh approximation. */
    private static String activationName(String kind) {
      return kind.equals("gated-gelu") ? "gelu_new" : kind.replaceFirst("^gated-", "");
    }
  }

  private final double scale;
  private final Encoder encoder;
  private final RelativeBias bias;
  private final List<DecoderLayer> layers;
  private final RmsNorm norm;
  private final Dropout dropout;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public T5(Config c) {
    this(c, true);
  }

  private T5(Config c, boolean writes) {
    this.scale = writes && c.scaled() ? 1 / Math.sqrt(c.d()) : 1;
    this.encoder = child("encoder", new Encoder(c));
    this.bias =
        child("decoder.bias", new RelativeBias(c.buckets(), c.furthest(), c.heads(), false));
    int count = c.decoder().orElse(c.encoder());
    this.layers = children("decoder.layer", count, i -> new DecoderLayer(c));
    this.norm = child("decoder.norm", new RmsNorm(c.d(), c.eps()));
    this.dropout = child("decoder.dropout", new Dropout(c.dropout()));
    this.output = child("output", c.tied() || !writes ? encoder.tokens : output(c));
  }

  /** Tokens begin as large as what layers add to them: nothing scales them. */
  private static Embedding tokens(Config c) {
    return new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING, 1);
  }

  private static Embedding output(Config c) {
    return new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING);
  }

  private static SelfAttention selfAttention(Config c) {
    return SelfAttention.unscaled(c.d(), c.heads(), c.headSize(), c.dropout());
  }

  /** Half of a layer that is pre-norm: its feed-forward part. */
  private static final class Ffn extends Module {
    private final RmsNorm norm;
    private final Optional<FeedForward> plain;
    private final Optional<GatedFeedForward> gated;
    private final Dropout dropout;

    Ffn(Config c) {
      norm = child("norm", new RmsNorm(c.d(), c.eps()));
      plain =
          c.gated()
              ? Optional.empty()
              : Optional.of(
                  child(
                      "plain", FeedForward.unbiased(c.d(), c.ffn(), c.activation(), c.dropout())));
      gated =
          c.gated()
              ? Optional.of(
                  child(
                      "gated",
                      new GatedFeedForward(c.d(), c.ffn(), c.activation(), false, c.dropout())))
              : Optional.empty();
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, N, D) → (B, N, D). */
    Tensor forward(Tensor x) {
      Tensor in = norm.forward(x);
      return dropout.residual(
          x, plain.map(p -> p.forward(in)).orElseGet(() -> gated.orElseThrow().forward(in)));
    }
  }

  private static final class EncoderLayer extends Module {
    private final RmsNorm norm;
    private final SelfAttention attention;
    private final Dropout dropout;
    private final Ffn ffn;

    EncoderLayer(Config c) {
      norm = child("norm", new RmsNorm(c.d(), c.eps()));
      attention = child("attention", selfAttention(c));
      dropout = child("dropout", new Dropout(c.dropout()));
      ffn = child("ffn", new Ffn(c));
    }

    /** (B, S, D) → (B, S, D). */
    Tensor forward(Tensor x, Mask mask) {
      return ffn.forward(dropout.residual(x, attention.forward(norm.forward(x), mask)));
    }
  }

  /** The encoder alone, as sentence embeddings use it. */
  public static final class Encoder extends Module implements TextEncoder {
    private final Embedding tokens;
    private final RelativeBias bias;
    private final List<EncoderLayer> layers;
    private final RmsNorm norm;
    private final Dropout dropout;

    public Encoder(Config c) {
      tokens = child("tokens", tokens(c));
      bias = child("bias", new RelativeBias(c.buckets(), c.furthest(), c.heads(), true));
      layers = children("layer", c.encoder(), i -> new EncoderLayer(c));
      norm = child("norm", new RmsNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    @Override
    public Tensor encode(TextInput input) {
      Tensor places = input.positions(); // (1, S)
      Mask mask = input.mask().plus(bias.forward(places, places));
      Tensor x = dropout.forward(tokens.forward(input.ids())); // (B, S, D)
      for (EncoderLayer layer : layers) x = layer.forward(show("hidden_states", x), mask);
      return show("hidden_states", dropout.forward(norm.forward(x))); // (B, S, D)
    }

    /** No limit. */
    @Override
    public int positions() {
      return Integer.MAX_VALUE;
    }
  }

  private static final class DecoderLayer extends Module {
    private final RmsNorm selfNorm;
    private final SelfAttention self;
    private final RmsNorm crossNorm;
    private final CrossAttention cross;
    private final Dropout dropout;
    private final Ffn ffn;

    DecoderLayer(Config c) {
      selfNorm = child("selfNorm", new RmsNorm(c.d(), c.eps()));
      self = child("self", selfAttention(c));
      crossNorm = child("crossNorm", new RmsNorm(c.d(), c.eps()));
      cross = child("cross", CrossAttention.unscaled(c.d(), c.heads(), c.headSize(), c.dropout()));
      dropout = child("dropout", new Dropout(c.dropout()));
      ffn = child("ffn", new Ffn(c));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Memory memory, Pass pass, Mask mask) {
      Tensor seen = dropout.residual(x, self.forward(selfNorm.forward(x), pass, mask));
      Tensor read = dropout.residual(seen, cross.forward(crossNorm.forward(seen), memory, pass));
      return ffn.forward(read);
    }
  }

  @Override
  public Memory encode(Tensor ids, Optional<Tensor> real) {
    return new Memory(encoder.encode(new TextInput(ids, real, Optional.empty())), real);
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    Mask mask = pass.mask().plus(bias.forward(pass.positions(), pass.keyPositions()));
    Tensor x = dropout.forward(encoder.tokens.forward(ids)); // (B, T, D)
    for (DecoderLayer layer : layers)
      x = layer.forward(show("hidden_states", x), memory, pass, mask);
    Tensor last = show("hidden_states", dropout.forward(norm.forward(x))); // (B, T, D)
    return scale == 1 ? last : last.mul(scale);
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

  private static final String ENCODER =
      """
      encoder.tokens.weight                  = shared.weight
      encoder.bias.weight                    = encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight
      encoder.layer.*.norm.weight            = encoder.block.*.layer.0.layer_norm.weight
      encoder.layer.*.attention.qkv.weight   = encoder.block.*.layer.0.SelfAttention.{q,k,v}.weight
      encoder.layer.*.attention.heads.out.*  = encoder.block.*.layer.0.SelfAttention.o.*
      encoder.layer.*.ffn.norm.weight        = encoder.block.*.layer.1.layer_norm.weight
      encoder.layer.*.ffn.plain.in.weight    = encoder.block.*.layer.1.DenseReluDense.wi.weight
      encoder.layer.*.ffn.plain.out.weight   = encoder.block.*.layer.1.DenseReluDense.wo.weight
      encoder.layer.*.ffn.gated.in.weight    = encoder.block.*.layer.1.DenseReluDense.{wi_0,wi_1}.weight
      encoder.layer.*.ffn.gated.out.weight   = encoder.block.*.layer.1.DenseReluDense.wo.weight
      encoder.norm.weight                    = encoder.final_layer_norm.weight
      -                                      = encoder.embed_tokens.weight
      """;
  private static final String DECODER =
      """
      decoder.bias.weight                    = decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight
      decoder.layer.*.selfNorm.weight        = decoder.block.*.layer.0.layer_norm.weight
      decoder.layer.*.self.qkv.weight        = decoder.block.*.layer.0.SelfAttention.{q,k,v}.weight
      decoder.layer.*.self.heads.out.weight  = decoder.block.*.layer.0.SelfAttention.o.weight
      decoder.layer.*.crossNorm.weight       = decoder.block.*.layer.1.layer_norm.weight
      decoder.layer.*.cross.q.weight         = decoder.block.*.layer.1.EncDecAttention.q.weight
      decoder.layer.*.cross.kv.weight        = decoder.block.*.layer.1.EncDecAttention.{k,v}.weight
      decoder.layer.*.cross.heads.out.weight = decoder.block.*.layer.1.EncDecAttention.o.weight
      decoder.layer.*.ffn.norm.weight        = decoder.block.*.layer.2.layer_norm.weight
      decoder.layer.*.ffn.plain.in.weight    = decoder.block.*.layer.2.DenseReluDense.wi.weight
      decoder.layer.*.ffn.plain.out.weight   = decoder.block.*.layer.2.DenseReluDense.wo.weight
      decoder.layer.*.ffn.gated.in.weight    = decoder.block.*.layer.2.DenseReluDense.{wi_0,wi_1}.weight
      decoder.layer.*.ffn.gated.out.weight   = decoder.block.*.layer.2.DenseReluDense.wo.weight
      decoder.norm.weight                    = decoder.final_layer_norm.weight
      output.weight                          = lm_head.weight
      -                                      = decoder.embed_tokens.weight
      -                                      = decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight
      """;

  private static final Seq2SeqFamily<Config, T5> FAMILY =
      new Seq2SeqFamily<>(
              "t5",
              "transformer.",
              Config.SMALL,
              T5::new,
              c ->
                  new Seq2SeqFamily.Reading(
                      c.d(),
                      OptionalInt.of(c.start()),
                      c.end(),
                      Integer.MAX_VALUE,
                      c.headDropout()),
              ENCODER + DECODER)
          .writing("T5ForConditionalGeneration")
          .texts("T5ForSequenceClassification", "transformer.")
          .spans("T5ForQuestionAnswering");

  public static final List<Architecture<Config>> ARCHITECTURES =
      Stream.concat(
              Stream.of(
                  encoding("T5EncoderModel", ENCODER, (config, labels) -> Map.of()),
                  encoding(
                      "T5ForTokenClassification",
                      ENCODER.replace("= ", "= transformer.") + "tokens.out.* = classifier.*\n",
                      (config, labels) ->
                          Map.of(
                              Task.TOKENS,
                              new TokenHead(config.d(), labels, config.headDropout())))),
              FAMILY.architectures().stream())
          .toList();

  /** A class with an encoder alone. */
  private static Architecture<Config> encoding(
      String name, String weights, BiFunction<Config, Integer, Map<Task, Head>> heads) {
    return new Architecture<>(
        name,
        "t5",
        "transformer.",
        Config.SMALL,
        (config, labels) -> new TextModel(new Encoder(config), heads.apply(config, labels)),
        weights);
  }
}
