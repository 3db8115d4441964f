package dev.heed.model;

import dev.heed.attention.KeyValues;
import dev.heed.attention.Memory;
import dev.heed.attention.MultiHead;
import dev.heed.attention.Pass;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.model.SpeechModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.Convolution;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.LayerDrop;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.MeanHead;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Learned;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Whisper (Radford et al. 2023): the Transformer, pre-norm, from log-mel spectra to text.
 *
 * <pre>
 * sound   GELU(Conv₃(GELU(Conv₃(features)), every second frame)) + sinusoids
 * layer   x ← x + SelfAttention(LN(x));  [x ← x + CrossAttention(LN(x));]  x ← x + FFN(LN(x))
 * text    E[token] + P[position], layers that look back only, softmax(LN(x) Eᵀ)
 * </pre>
 *
 * <p>Differs from {@link Transformer} by reading sound, learned positions in the decoder, GELU, and
 * keys without biases. B recordings of S frames, half as many as the spectra of M bands, T tokens,
 * D model, V vocabulary.
 */
public final class Whisper extends Module implements SpeechToText {
  private static final double EPS = 1e-5;

  /** Sizes and choices; {@link #TINY} is the paper's smallest. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("num_mel_bins") @Doc("bands M") int bands,
      @Key("d_model") @Doc("model width D") int d,
      @Key("encoder_layers") @Doc("encoder layers") int encoderLayers,
      @Key("encoder_attention_heads") @Doc("their heads; must divide `d`") int encoderHeads,
      @Key("encoder_ffn_dim") @Doc("their feed-forward width") int encoderFfn,
      @Key("encoder_layerdrop") @Doc("how often one is left out") double encoderLayerDrop,
      @Key("decoder_layers") @Doc("decoder layers") int decoderLayers,
      @Key("decoder_attention_heads") @Doc("their heads; must divide `d`") int decoderHeads,
      @Key("decoder_ffn_dim") @Doc("their feed-forward width") int decoderFfn,
      @Key("decoder_layerdrop") @Doc("how often one is left out") double decoderLayerDrop,
      @Key("activation_function") @Doc("the feed-forward layers' nonlinearity")
          Activation activation,
      @Key("dropout") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      @Key("activation_dropout") @Doc("dropout inside feed-forward layers") double ffnDropout,
      @Key("max_source_positions") @Doc("frames S of every recording") int frames,
      @Key("max_target_positions") @Doc("longest text in tokens") int positions,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") int pad,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied,
      @Key("classifier_proj_size") @Doc("width of a classifier's projection") int projection,
      @Key("use_weighted_layer_sum") @Doc("classify a mixture of all layers: must be false")
          boolean mixed,
      @Key("apply_spec_augment") @Doc("hide parts of spectra in training: must be false")
          boolean augmented) {
    public static final Config TINY =
        new Config(
            51865,
            80,
            384,
            4,
            6,
            1536,
            0,
            4,
            6,
            1536,
            0,
            Activation.GELU,
            0,
            0,
            0,
            1500,
            448,
            50256,
            true,
            256,
            false,
            false);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("bands", bands);
      Sizes.positive("encoderLayers", encoderLayers);
      Sizes.positive("decoderLayers", decoderLayers);
      Sizes.positive("encoderFfn", encoderFfn);
      Sizes.positive("decoderFfn", decoderFfn);
      Sizes.positive("frames", frames);
      Sizes.positive("positions", positions);
      Sizes.divides("encoderHeads", encoderHeads, "d", d);
      Sizes.divides("decoderHeads", decoderHeads, "d", d);
      if (mixed) throw new IllegalArgumentException("use_weighted_layer_sum must be false");
      if (augmented) throw new IllegalArgumentException("apply_spec_augment must be false");
    }

    private Config withTied() {
      return new Config(
          vocabulary,
          bands,
          d,
          encoderLayers,
          encoderHeads,
          encoderFfn,
          encoderLayerDrop,
          decoderLayers,
          decoderHeads,
          decoderFfn,
          decoderLayerDrop,
          activation,
          dropout,
          attentionDropout,
          ffnDropout,
          frames,
          positions,
          pad,
          true,
          projection,
          mixed,
          augmented);
    }
  }

  private final Encoder encoder;
  private final Embedding tokens;
  private final Learned positions;
  private final Dropout dropout;
  private final LayerDrop layerDrop;
  private final List<DecoderLayer> layers;
  private final LayerNorm norm;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Whisper(Config c) {
    this.encoder = child("encoder", new Encoder(c));
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), c.pad()));
    this.positions = child("positions", new Learned(c.positions(), c.d()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.layerDrop = child("layerDrop", new LayerDrop(c.decoderLayerDrop()));
    this.layers =
        children(
            "layer",
            IntStream.range(0, c.decoderLayers()).mapToObj(i -> new DecoderLayer(c)).toList());
    this.norm = child("norm", new LayerNorm(c.d(), EPS));
    this.output =
        child(
            "output",
            c.tied() ? tokens : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
  }

  /** Multi-head attention whose keys have no bias. */
  private static final class Attention extends Module {
    private final Linear q;
    private final Linear k;
    private final Linear v;
    private final MultiHead heads;

    Attention(int d, int heads, double dropout) {
      q = child("q", new Linear(d, d, true));
      k = child("k", new Linear(d, d, false));
      v = child("v", new Linear(d, d, true));
      this.heads = child("heads", new MultiHead(d, heads, new ScaledDotProduct(), dropout));
    }

    KeyValues read(Tensor x) {
      return new KeyValues(heads.split(k.forward(x), 1)[0], heads.split(v.forward(x), 1)[0]);
    }

    /** (B, T, D) → (B, T, D), from keys and values (B, H, S, Dh). */
    Tensor forward(Tensor x, KeyValues read, Mask mask) {
      Tensor queries = heads.split(q.forward(x), 1)[0]; // (B, H, T, Dh)
      return heads.forward(queries, read.keys(), read.values(), mask);
    }
  }

  /** The part that listens. */
  private static final class Encoder extends Module implements SpeechEncoder {
    private final Config config;
    private final Convolution first;
    private final Convolution second;
    private final Tensor positions; // (S, D), not trained
    private final Dropout dropout;
    private final LayerDrop layerDrop;
    private final List<EncoderLayer> layers;
    private final LayerNorm norm;

    Encoder(Config c) {
      config = c;
      Convolution.Window near = Convolution.Window.line(3, 1, 1);
      first = child("first", new Convolution(c.bands(), c.d(), near, true));
      Convolution.Window halving = Convolution.Window.line(3, 2, 1);
      second = child("second", new Convolution(c.d(), c.d(), halving, true));
      positions = buffer("positions", sinusoids(c.frames(), c.d()));
      dropout = child("dropout", new Dropout(c.dropout()));
      layerDrop = child("layerDrop", new LayerDrop(c.encoderLayerDrop()));
      layers =
          children(
              "layer",
              IntStream.range(0, c.encoderLayers()).mapToObj(i -> new EncoderLayer(c)).toList());
      norm = child("norm", new LayerNorm(c.d(), EPS));
    }

    /** Sines, then cosines, whose wave lengths go from 2π to exactly 2π·10000: (S, D). */
    private static Tensor sinusoids(int frames, int d) {
      int waves = d / 2;
      float[] table = new float[frames * d];
      for (int frame = 0; frame < frames; frame++)
        for (int wave = 0; wave < waves; wave++) {
          double angle = frame * Math.pow(10_000, -(double) wave / Math.max(1, waves - 1));
          table[frame * d + wave] = (float) Math.sin(angle);
          table[frame * d + waves + wave] = (float) Math.cos(angle);
        }
      return Tensor.of(table, frames, d);
    }

    @Override
    public Memory encode(Tensor features, Optional<Tensor> real) {
      int length = 2 * config.frames();
      if (features.dims() != 3 || features.size(1) != config.bands() || features.size(2) != length)
        throw new UserError(
            "features are %s, where the model reads (recordings, %d bands, %d spectra): fill short recordings with silence"
                .formatted(features, config.bands(), length));
      Tensor heard = second.forward(first.forward(features).gelu(false)).gelu(false); // (B, D, S)
      Tensor x = dropout.forward(heard.transpose(1, 2).add(positions)); // (B, S, D)
      for (EncoderLayer layer : layers) {
        show("hidden_states", x);
        if (!layerDrop.skips()) x = layer.forward(x);
      }
      return new Memory(show("hidden_states", norm.forward(x)), Optional.empty());
    }
  }

  private static final class EncoderLayer extends Module {
    private final LayerNorm attentionNorm;
    private final Attention attention;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;

    EncoderLayer(Config c) {
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), EPS));
      attention = child("attention", new Attention(c.d(), c.encoderHeads(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), EPS));
      ffn = child("ffn", new FeedForward(c.d(), c.encoderFfn(), c.activation(), c.ffnDropout()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, S, D) → (B, S, D). */
    Tensor forward(Tensor x) {
      Tensor normed = attentionNorm.forward(x);
      Tensor attended = attention.forward(normed, attention.read(normed), Mask.NONE);
      Tensor seen = dropout.residual(x, attended);
      return dropout.residual(seen, ffn.forward(ffnNorm.forward(seen)));
    }
  }

  private static final class DecoderLayer extends Module {
    private final LayerNorm attentionNorm;
    private final Attention attention;
    private final LayerNorm crossNorm;
    private final Attention cross;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;

    DecoderLayer(Config c) {
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), EPS));
      attention = child("attention", new Attention(c.d(), c.decoderHeads(), c.attentionDropout()));
      crossNorm = child("crossNorm", new LayerNorm(c.d(), EPS));
      cross = child("cross", new Attention(c.d(), c.decoderHeads(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), EPS));
      ffn = child("ffn", new FeedForward(c.d(), c.decoderFfn(), c.activation(), c.ffnDropout()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Memory memory, Pass pass) {
      Tensor normed = attentionNorm.forward(x);
      KeyValues own = attention.read(normed);
      KeyValues all = pass.extend(attention, own.keys(), own.values());
      Tensor told = dropout.residual(x, attention.forward(normed, all, pass.mask()));
      KeyValues heard = pass.once(cross, () -> cross.read(memory.states()));
      Tensor seen =
          dropout.residual(told, cross.forward(crossNorm.forward(told), heard, memory.mask()));
      return dropout.residual(seen, ffn.forward(ffnNorm.forward(seen)));
    }
  }

  /** Features (B, M, 2 S) → (B, S, D); silence counts as sound, so {@code real} is not read. */
  @Override
  public Memory encode(Tensor features, Optional<Tensor> real) {
    return encoder.encode(features, real);
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    Tensor places = positions.forward(pass.positions(), pass.length()); // (B or 1, T, D)
    Tensor x = dropout.forward(tokens.forward(ids).add(places)); // (B, T, D)
    for (DecoderLayer layer : layers) {
      show("hidden_states", x);
      if (!layerDrop.skips()) x = layer.forward(x, memory, pass);
    }
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

  private static final String ENCODER =
      """
      encoder.first.*                       = model.encoder.conv1.*
      encoder.second.*                      = model.encoder.conv2.*
      encoder.positions                     = model.encoder.embed_positions.weight
      encoder.layer.*.attentionNorm.*       = model.encoder.layers.*.self_attn_layer_norm.*
      encoder.layer.*.attention.q.*         = model.encoder.layers.*.self_attn.q_proj.*
      encoder.layer.*.attention.k.*         = model.encoder.layers.*.self_attn.k_proj.*
      encoder.layer.*.attention.v.*         = model.encoder.layers.*.self_attn.v_proj.*
      encoder.layer.*.attention.heads.out.* = model.encoder.layers.*.self_attn.out_proj.*
      encoder.layer.*.ffnNorm.*             = model.encoder.layers.*.final_layer_norm.*
      encoder.layer.*.ffn.in.*              = model.encoder.layers.*.fc1.*
      encoder.layer.*.ffn.out.*             = model.encoder.layers.*.fc2.*
      encoder.norm.*                        = model.encoder.layer_norm.*
      """;
  private static final String DECODER =
      """
      tokens.weight                 = model.decoder.embed_tokens.weight
      positions.weight              = model.decoder.embed_positions.weight
      layer.*.attentionNorm.*       = model.decoder.layers.*.self_attn_layer_norm.*
      layer.*.attention.q.*         = model.decoder.layers.*.self_attn.q_proj.*
      layer.*.attention.k.*         = model.decoder.layers.*.self_attn.k_proj.*
      layer.*.attention.v.*         = model.decoder.layers.*.self_attn.v_proj.*
      layer.*.attention.heads.out.* = model.decoder.layers.*.self_attn.out_proj.*
      layer.*.crossNorm.*           = model.decoder.layers.*.encoder_attn_layer_norm.*
      layer.*.cross.q.*             = model.decoder.layers.*.encoder_attn.q_proj.*
      layer.*.cross.k.*             = model.decoder.layers.*.encoder_attn.k_proj.*
      layer.*.cross.v.*             = model.decoder.layers.*.encoder_attn.v_proj.*
      layer.*.cross.heads.out.*     = model.decoder.layers.*.encoder_attn.out_proj.*
      layer.*.ffnNorm.*             = model.decoder.layers.*.final_layer_norm.*
      layer.*.ffn.in.*              = model.decoder.layers.*.fc1.*
      layer.*.ffn.out.*             = model.decoder.layers.*.fc2.*
      norm.*                        = model.decoder.layer_norm.*
      output.weight                 = proj_out.weight
      """;
  private static final String CLASSIFIER =
      """
      classes.projection.* = projector.*
      classes.out.*        = classifier.*
      """;

  private static Architecture<Config> architecture(
      String name, String weights, Architecture.Factory<Config> factory) {
    return new Architecture<>(
        name, "whisper", "model.", Config.TINY, factory, weights, Modality.SOUND);
  }

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          architecture("WhisperModel", ENCODER + DECODER, (c, labels) -> new Whisper(c.withTied())),
          architecture(
              "WhisperForConditionalGeneration", ENCODER + DECODER, (c, labels) -> new Whisper(c)),
          architecture(
              "WhisperForAudioClassification",
              ENCODER.replace("model.", "") + CLASSIFIER,
              (c, labels) ->
                  new SpeechModel(
                      new Encoder(c),
                      Map.of(Task.CLASS, new MeanHead(c.d(), c.projection(), labels)))));
}
