package dev.heed.model;

import dev.heed.attention.CrossAttention;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Init;
import dev.heed.nn.LayerDrop;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Learned;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * BART (Lewis et al. 2020): an encoder–decoder, post-norm, trained to restore damaged text.
 *
 * <pre>
 * input          Dropout(LN(E[token] + P[position + 2]))
 * encoder layer  x ← LN(x + Dropout(SelfAttention(x)));         x ← LN(x + Dropout(FFN(x)))
 * decoder layer  x ← LN(x + Dropout(CausalSelfAttention(x)));
 *                x ← LN(x + Dropout(CrossAttention(x, memory)));  x ← LN(x + Dropout(FFN(x)))
 * output         softmax(x Eᵀ + b)
 * </pre>
 *
 * <p>Differs from {@link Transformer} by learned positions of each stack, the first two of which
 * are never used, by a norm of the embeddings, which mostly aren't scaled, and by GELU. B batch, S
 * source and T target tokens, D model, F feed-forward, V vocabulary.
 */
public final class Bart extends Module implements Seq2Seq {
  /** Rows of a table of positions before that of position 0. */
  private static final int UNUSED = 2;

  private static final double EPS = 1e-5;

  /** Sizes and choices; {@link #LARGE} is the paper's. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("d_model") @Doc("model width D") int d,
      @Key("encoder_layers") @Doc("encoder layers") int encoder,
      @Key("decoder_layers") @Doc("decoder layers") int decoder,
      @Key("encoder_attention_heads") @Doc("the encoder's heads; must divide `d`") int encoderHeads,
      @Key("decoder_attention_heads") @Doc("the decoder's heads; must divide `d`") int decoderHeads,
      @Key("encoder_ffn_dim") @Doc("the encoder's feed-forward width F") int encoderFfn,
      @Key("decoder_ffn_dim") @Doc("the decoder's feed-forward width F") int decoderFfn,
      @Key("activation_function") @Doc("the feed-forward layer's nonlinearity")
          Activation activation,
      @Key("max_position_embeddings") @Doc("longest sequence in tokens") int positions,
      @Key("dropout") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      @Key("activation_dropout") @Doc("dropout between the feed-forward layer's two maps")
          double activationDropout,
      @Key("encoder_layerdrop") @Doc("share of encoder layers left out in training")
          double encoderLayerDrop,
      @Key("decoder_layerdrop") @Doc("share of decoder layers left out in training")
          double decoderLayerDrop,
      @Key("classifier_dropout") @Doc("dropout before and in a head") double headDropout,
      @Key("scale_embedding") @Doc("multiply token embeddings by √D") boolean scaled,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") int pad,
      @Key("decoder_start_token_id") @Doc("what the decoder begins with") int start,
      @Key("eos_token_id") @Doc("what a text ends with") int end,
      @Key("tie_word_embeddings") @Doc("one matrix embeds source and target and scores")
          boolean tied) {
    public static final Config LARGE =
        new Config(
            50265,
            1024,
            12,
            12,
            16,
            16,
            4096,
            4096,
            Activation.GELU,
            1024,
            0.1,
            0,
            0,
            0,
            0,
            0,
            false,
            1,
            2,
            2,
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("encoder", encoder);
      Sizes.positive("decoder", decoder);
      Sizes.positive("encoderFfn", encoderFfn);
      Sizes.positive("decoderFfn", decoderFfn);
      Sizes.positive("positions", positions);
      Sizes.divides("encoderHeads", encoderHeads, "d", d);
      Sizes.divides("decoderHeads", decoderHeads, "d", d);
    }
  }

  private final Stack<EncoderLayer> encoder;
  private final Stack<DecoderLayer> decoder;
  private final Embedding output;
  private final Optional<Tensor> outputBias; // (1, V), not trained: zero unless a loaded one has it

  /** A model with random weights, on the CPU. */
  public Bart(Config c) {
    this(c, true);
  }

  private Bart(Config c, boolean writes) {
    Supplier<Embedding> embedding = () -> new Embedding(c.vocabulary(), c.d(), c.pad());
    if (c.tied()) {
      Embedding shared = child("tokens", embedding.get());
      embedding = () -> shared;
    }
    this.encoder =
        child(
            "encoder",
            new Stack<>(
                c, embedding.get(), c.encoder(), c.encoderLayerDrop(), () -> new EncoderLayer(c)));
    this.decoder =
        child(
            "decoder",
            new Stack<>(
                c, embedding.get(), c.decoder(), c.decoderLayerDrop(), () -> new DecoderLayer(c)));
    this.output = child("output", writes ? embedding.get() : decoder.tokens);
    this.outputBias =
        writes
            ? Optional.of(buffer("outputBias", Init.zeros(1, c.vocabulary())))
            : Optional.empty();
  }

  private static SelfAttention selfAttention(Config c, int heads) {
    return new SelfAttention(c.d(), heads, new ScaledDotProduct(), c.attentionDropout());
  }

  private static final class EncoderLayer extends Module {
    private final SelfAttention attention;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    EncoderLayer(Config c) {
      attention = child("self", selfAttention(c, c.encoderHeads()));
      attentionNorm = child("selfNorm", new LayerNorm(c.d(), EPS));
      ffn =
          child(
              "ffn", new FeedForward(c.d(), c.encoderFfn(), c.activation(), c.activationDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), EPS));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, S, D) → (B, S, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor seen = attentionNorm.forward(dropout.residual(x, attention.forward(x, mask)));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  private static final class DecoderLayer extends Module {
    private final SelfAttention self;
    private final LayerNorm selfNorm;
    private final CrossAttention cross;
    private final LayerNorm crossNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    DecoderLayer(Config c) {
      self = child("self", selfAttention(c, c.decoderHeads()));
      selfNorm = child("selfNorm", new LayerNorm(c.d(), EPS));
      cross =
          child(
              "cross",
              new CrossAttention(
                  c.d(), c.d(), c.decoderHeads(), new ScaledDotProduct(), c.attentionDropout()));
      crossNorm = child("crossNorm", new LayerNorm(c.d(), EPS));
      ffn =
          child(
              "ffn", new FeedForward(c.d(), c.decoderFfn(), c.activation(), c.activationDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), EPS));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Memory memory, Pass pass) {
      Tensor seen = selfNorm.forward(dropout.residual(x, self.forward(x, pass)));
      Tensor read = crossNorm.forward(dropout.residual(seen, cross.forward(seen, memory, pass)));
      return ffnNorm.forward(dropout.residual(read, ffn.forward(read)));
    }
  }

  /** What the encoder and the decoder have alike: what comes in, and layers. */
  private static final class Stack<L extends Module> extends Module {
    private final Embedding tokens;
    private final Learned positions;
    private final LayerNorm norm;
    private final Dropout dropout;
    private final LayerDrop layerDrop;
    private final List<L> layers;
    private final double scale;

    Stack(Config c, Embedding tokens, int count, double layerDrop, Supplier<L> layer) {
      this.tokens = child("tokens", tokens);
      this.positions = child("positions", new Learned(c.positions(), c.d(), UNUSED));
      this.norm = child("norm", new LayerNorm(c.d(), EPS));
      this.dropout = child("dropout", new Dropout(c.dropout()));
      this.layerDrop = child("layerDrop", new LayerDrop(layerDrop));
      this.layers = children("layer", count, i -> layer.get());
      this.scale = c.scaled() ? Math.sqrt(c.d()) : 1;
    }

    /** (B, N) → (B, N, D). */
    Tensor forward(Tensor ids, Tensor places, long length, BiFunction<L, Tensor, Tensor> layer) {
      Tensor sum = positions.forward(places, length).add(tokens.forward(ids), scale);
      Tensor x = dropout.forward(norm.forward(sum)); // (B, N, D)
      for (L next : layers) {
        show("hidden_states", x);
        if (!layerDrop.skips()) x = layer.apply(next, x);
      }
      return show("hidden_states", x); // (B, N, D)
    }
  }

  @Override
  public Memory encode(Tensor ids, Optional<Tensor> real) {
    TextInput input = new TextInput(ids, real, Optional.empty());
    Mask mask = input.mask();
    Tensor states =
        encoder.forward(
            ids, input.positions(), input.length(), (layer, x) -> layer.forward(x, mask));
    return new Memory(states, real); // (B, S, D)
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    return decoder.forward(
        ids,
        pass.positions(),
        pass.length(),
        (layer, x) -> layer.forward(x, memory, pass)); // (B, T, D)
  }

  @Override
  public Tensor outputWeight() {
    return output.weight();
  }

  /** What is added to the logits (V); it isn't trained. */
  @Override
  public Optional<Tensor> outputBias() {
    return outputBias.map(bias -> bias.squeeze(0));
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String STACK =
      """
      STACK.tokens.weight            = model.STACK.embed_tokens.weight
      STACK.positions.weight         = model.STACK.embed_positions.weight
      STACK.norm.*                   = model.STACK.layernorm_embedding.*
      STACK.layer.*.self.qkv.*       = model.STACK.layers.*.self_attn.{q,k,v}_proj.*
      STACK.layer.*.self.heads.out.* = model.STACK.layers.*.self_attn.out_proj.*
      STACK.layer.*.selfNorm.*       = model.STACK.layers.*.self_attn_layer_norm.*
      STACK.layer.*.ffn.in.*         = model.STACK.layers.*.fc1.*
      STACK.layer.*.ffn.out.*        = model.STACK.layers.*.fc2.*
      STACK.layer.*.ffnNorm.*        = model.STACK.layers.*.final_layer_norm.*
      """;
  private static final String EMBEDDING = " model.encoder.embed_tokens.weight";

  /** Untied, Hugging Face's class still has a shared matrix, which nothing reads. */
  private static final String UNTIED = " model.shared.weight |" + EMBEDDING;

  private static final String WEIGHTS =
      "tokens.weight = model.shared.weight\n"
          + STACK.replace("STACK", "encoder").replace(EMBEDDING, UNTIED)
          + STACK.replace("STACK", "decoder")
          + """
          decoder.layer.*.cross.q.*         = model.decoder.layers.*.encoder_attn.q_proj.*
          decoder.layer.*.cross.kv.*        = model.decoder.layers.*.encoder_attn.{k,v}_proj.*
          decoder.layer.*.cross.heads.out.* = model.decoder.layers.*.encoder_attn.out_proj.*
          decoder.layer.*.crossNorm.*       = model.decoder.layers.*.encoder_attn_layer_norm.*
          output.weight                     = lm_head.weight
          outputBias                        = final_logits_bias ?
          """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new Seq2SeqFamily<>(
              "bart",
              "model.",
              Config.LARGE,
              Bart::new,
              c ->
                  new Seq2SeqFamily.Reading(
                      c.d(), OptionalInt.of(c.start()), c.end(), c.positions(), c.headDropout()),
              WEIGHTS)
          .writing("BartForConditionalGeneration")
          .texts("BartForSequenceClassification", "")
          .spans("BartForQuestionAnswering")
          .architectures();
}
