package dev.heed.model;

import dev.heed.attention.ConformerAttention;
import dev.heed.attention.ConformerAttention.Positions;
import dev.heed.attention.Memory;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.model.SpeechModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.BatchNorm;
import dev.heed.nn.Convolution;
import dev.heed.nn.Dropout;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Head;
import dev.heed.nn.Init;
import dev.heed.nn.LayerDrop;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.MeanHead;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.nn.SpecAugment;
import dev.heed.nn.TokenHead;
import dev.heed.nn.WaveFeatures;
import dev.heed.position.Rotary;
import dev.heed.position.RotaryConfig;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * wav2vec 2.0 with Conformer blocks (Baevski et al. 2020; Gulati et al. 2020; Wang et al. 2020):
 * from samples to frames, and by CTC to text.
 *
 * <pre>
 * sound   Dropout(LN(convolutions of the samples) W)
 * layer   x ← x + ½ FFN(LN(x));  x ← x + SelfAttention(LN(x));  x ← x + Conv(LN(x));
 *         x ← LN(x + ½ FFN(LN(x)))
 * Conv    W₂ act(BatchNorm(DepthwiseConv(GLU(W₁ x))))
 * output  LN(x)
 * </pre>
 *
 * <p>Differs from {@link Transformer}'s encoder by what stands around its attention. Attention
 * knows the order by distances (Dai et al. 2019, section 3.3), by rotation of what queries and keys
 * are made of, or, with convolutions alone, not at all. B recordings of N samples, T frames, D
 * model.
 */
public final class Wav2Vec2Conformer extends Module implements SpeechEncoder {
  private static final double LAYER_EPS = 1e-5;

  /** Sizes and choices; {@link #BASE} is Hugging Face's. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V of CTC, the blank among them") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the layers' nonlinearity") Activation activation,
      @Key("hidden_dropout") @Doc("dropout of frames and feed-forward layers") double dropout,
      @Key("activation_dropout") @Doc("dropout inside feed-forward layers") double ffnDropout,
      @Key("attention_dropout") @Doc("dropout of keys and of attention's output")
          double attentionDropout,
      @Key("conformer_conv_dropout") @Doc("dropout of convolutions") double convolutionDropout,
      @Key("feat_proj_dropout") @Doc("dropout of what the layers read") double featureDropout,
      @Key("final_dropout") @Doc("dropout of what CTC reads") double finalDropout,
      @Key("layerdrop") @Doc("how often a layer is left out in training") double layerDrop,
      @Key("layer_norm_eps") @Doc("added to variances before and after all layers") double eps,
      @Key("feat_extract_norm")
          @Doc(
              "`group`: the first convolution's channels over time; `layer`:"
                  + " all convolutions' frames")
          WaveFeatures.Norm featureNorm,
      @Key("feat_extract_activation") @Doc("the first convolutions' nonlinearity")
          Activation featureActivation,
      @Key("conv_dim") @Doc("widths of the first convolutions") List<Integer> widths,
      @Key("conv_stride") @Doc("their steps") List<Integer> strides,
      @Key("conv_kernel") @Doc("what they see at once") List<Integer> kernels,
      @Key("conv_bias") @Doc("biases in them") boolean featureBias,
      @Key("conv_depthwise_kernel_size") @Doc("what a layer's convolution sees at once; odd")
          int depthwise,
      @Key("num_conv_pos_embeddings") @Doc("what the unread convolution for positions sees at once")
          int unreadKernel,
      @Key("num_conv_pos_embedding_groups") @Doc("its groups of channels") int unreadGroups,
      @Key("position_embeddings_type") @Doc("how attention knows the order: relative, rotary, none")
          Positions positions,
      @Key("rotary_embedding_base") @Doc("the slowest rotation's wave length by 2π") int rotaryBase,
      @Key("apply_spec_augment") @Doc("hide parts of what the layers read, in training")
          boolean augmented,
      @Key("mask_time_prob") @Doc("share of frames to hide") double hiddenFrames,
      @Key("mask_time_length") @Doc("frames hidden in a row") int hiddenFramesRun,
      @Key("mask_time_min_masks") @Doc("the least number of such runs") int hiddenFramesLeast,
      @Key("mask_feature_prob") @Doc("share of channels to hide") double hiddenChannels,
      @Key("mask_feature_length") @Doc("channels hidden in a row") int hiddenChannelsRun,
      @Key("mask_feature_min_masks") @Doc("the least number of such runs") int hiddenChannelsLeast,
      @Key("classifier_proj_size") @Doc("width of a classifier's projection") int projection,
      @Key("use_weighted_layer_sum") @Doc("classify a mixture of all layers: must be false")
          boolean mixed,
      @Key("add_adapter") @Doc("further convolutions behind the layers: must be false")
          boolean adapter) {
    public static final Config BASE =
        new Config(
            32,
            768,
            12,
            12,
            3072,
            Activation.GELU,
            0.1,
            0.1,
            0.1,
            0.1,
            0,
            0.1,
            0.1,
            1e-5,
            WaveFeatures.Norm.GROUP,
            Activation.GELU,
            List.of(512, 512, 512, 512, 512, 512, 512),
            List.of(5, 2, 2, 2, 2, 2, 2),
            List.of(10, 3, 3, 3, 3, 2, 2),
            false,
            31,
            128,
            16,
            Positions.RELATIVE,
            10_000,
            true,
            0.05,
            10,
            2,
            0,
            10,
            0,
            256,
            false,
            false);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("rotaryBase", rotaryBase);
      Sizes.divides("heads", heads, "d", d);
      Sizes.positive("num_conv_pos_embeddings", unreadKernel);
      Sizes.divides("num_conv_pos_embedding_groups", unreadGroups, "d", d);
      Sizes.entries("conv_dim", widths, widths.size());
      Sizes.entries("conv_stride", strides, widths.size());
      Sizes.entries("conv_kernel", kernels, widths.size());
      if (depthwise < 1 || depthwise % 2 == 0)
        throw new IllegalArgumentException(
            "conv_depthwise_kernel_size must be odd, not " + depthwise);
      if (positions == Positions.ROTARY && d / heads % 2 != 0)
        throw new IllegalArgumentException("rotary positions need heads of an even size");
      if (mixed) throw new IllegalArgumentException("use_weighted_layer_sum must be false");
      if (adapter) throw new IllegalArgumentException("add_adapter must be false");
    }

    private Rotary rotary() {
      RotaryConfig plain = RotaryConfig.plain(rotaryBase);
      return new Rotary(plain, d / heads, Integer.MAX_VALUE, Rotary.Layout.HALVES);
    }

    private SpecAugment.Spans frames() {
      return new SpecAugment.Spans(hiddenFrames, hiddenFramesRun, hiddenFramesLeast);
    }

    private SpecAugment.Spans channels() {
      return new SpecAugment.Spans(hiddenChannels, hiddenChannelsRun, hiddenChannelsLeast);
    }
  }

  private final Config config;
  private final WaveFeatures features;
  private final LayerNorm featureNorm;
  private final Linear projection;
  private final Dropout featureDropout;
  private final SpecAugment augment;
  private final Dropout dropout;
  private final LayerDrop layerDrop;
  private final List<Layer> layers;
  private final LayerNorm norm;

  /** A model with random weights, on the CPU. */
  public Wav2Vec2Conformer(Config c) {
    this.config = c;
    this.features =
        child(
            "features",
            new WaveFeatures(
                c.widths(),
                c.kernels(),
                c.strides(),
                c.featureBias(),
                c.featureNorm(),
                c.featureActivation()));
    int heard = c.widths().get(c.widths().size() - 1);
    this.featureNorm = child("featureNorm", new LayerNorm(heard, c.eps()));
    this.projection = child("projection", new Linear(heard, c.d(), true));
    this.featureDropout = child("featureDropout", new Dropout(c.featureDropout()));
    this.augment = child("augment", new SpecAugment(c.d(), c.frames(), c.channels()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.layerDrop = child("layerDrop", new LayerDrop(c.layerDrop()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    child("unread", new Unread(c));
  }

  /**
   * The convolution for positions that Hugging Face stores, and that nothing reads there either.
   */
  private static final class Unread extends Module {
    Unread(Config c) {
      buffer("bias", Init.zeros(c.d()));
      buffer("gain", Init.ones(1, 1, c.unreadKernel()));
      buffer("direction", Init.ones(c.d(), c.d() / c.unreadGroups(), c.unreadKernel()));
    }
  }

  private static final class Layer extends Module {
    private final LayerNorm firstNorm;
    private final FeedForward first;
    private final LayerNorm attentionNorm;
    private final ConformerAttention attention;
    private final Dropout attentionDropout;
    private final Local local;
    private final LayerNorm secondNorm;
    private final FeedForward second;
    private final LayerNorm norm;
    private final Dropout dropout;

    Layer(Config c) {
      firstNorm = child("firstNorm", new LayerNorm(c.d(), LAYER_EPS));
      first = child("first", new FeedForward(c.d(), c.ffn(), c.activation(), c.ffnDropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), LAYER_EPS));
      attention =
          child(
              "attention",
              new ConformerAttention(c.d(), c.heads(), c.positions(), c.attentionDropout()));
      attentionDropout = child("attentionDropout", new Dropout(c.attentionDropout()));
      local = child("local", new Local(c));
      secondNorm = child("secondNorm", new LayerNorm(c.d(), LAYER_EPS));
      second = child("second", new FeedForward(c.d(), c.ffn(), c.activation(), c.ffnDropout()));
      norm = child("norm", new LayerNorm(c.d(), LAYER_EPS));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask, ConformerAttention.Order order) {
      Tensor half = x.add(dropout.forward(first.forward(firstNorm.forward(x))), 0.5);
      Tensor attended = attention.forward(attentionNorm.forward(half), mask, order);
      Tensor seen = attentionDropout.residual(half, attended);
      Tensor near = seen.add(local.forward(seen));
      Tensor whole = near.add(dropout.forward(second.forward(secondNorm.forward(near))), 0.5);
      return norm.forward(whole);
    }
  }

  /** The convolution of a layer. */
  private static final class Local extends Module {
    private final LayerNorm norm;
    private final Convolution in;
    private final Convolution depthwise;
    private final BatchNorm batchNorm;
    private final Activation activation;
    private final Convolution out;
    private final Dropout dropout;

    Local(Config c) {
      int d = c.d();
      Convolution.Window one = Convolution.Window.line(1, 1, 0);
      Convolution.Window near = Convolution.Window.line(c.depthwise(), 1, c.depthwise() / 2);
      norm = child("norm", new LayerNorm(d, LAYER_EPS));
      in = child("in", new Convolution(d, 2 * d, one, false));
      depthwise = child("depthwise", new Convolution(d, d, near.groups(d), false));
      batchNorm = child("batchNorm", new BatchNorm(d));
      activation = c.activation();
      out = child("out", new Convolution(d, d, one, false));
      dropout = child("dropout", new Dropout(c.convolutionDropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x) {
      Tensor gated = in.forward(norm.forward(x).transpose(1, 2)).glu(1); // (B, D, T)
      Tensor near = activation.forward(batchNorm.forward(depthwise.forward(gated)));
      return dropout.forward(out.forward(near)).transpose(1, 2);
    }
  }

  /** Samples (B, N) → frames (B, T, D). */
  @Override
  public Memory encode(Tensor samples, Optional<Tensor> real) {
    if (samples.dims() != 2)
      throw new UserError(
          "sound is %s, where the model reads (recordings, samples)".formatted(samples));
    Tensor projected = featureDropout.forward(projection.forward(listen(samples))); // (B, T, D)
    int length = (int) projected.size(1);
    Optional<Tensor> frames = real.map(mask -> features.real(mask, length)); // (B, T)
    Tensor heard = config.augmented() ? hide(projected, frames) : projected;
    Tensor cleared =
        frames.map(mask -> heard.maskedFill(mask.logicalNot().unsqueeze(2), 0)).orElse(heard);
    Mask mask = frames.map(Mask::padding).orElse(Mask.NONE);
    ConformerAttention.Order order =
        ConformerAttention.Order.of(
            config.positions(), length, config.d(), config.rotary(), samples.device());
    Tensor x = dropout.forward(cleared);
    for (Layer layer : layers) {
      show("hidden_states", x);
      if (!layerDrop.skips()) x = layer.forward(x, mask, order);
    }
    return new Memory(norm.forward(show("hidden_states", x)), frames);
  }

  /** Samples (B, N) → what the layers are to read, before its projection: (B, T, C). */
  public Tensor listen(Tensor samples) {
    return featureNorm.forward(features.forward(samples));
  }

  private Tensor hide(Tensor x, Optional<Tensor> frames) {
    long[] all = new long[(int) x.size(0)];
    Arrays.fill(all, x.size(1));
    return augment.forward(
        x, frames.map(mask -> mask.to(Dtype.INT64).sum(1).toLongs()).orElse(all));
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.features.layer.*.convolution.*       = wav2vec2_conformer.feature_extractor.conv_layers.*.conv.*
      encoder.features.layer.*.norm.*              = wav2vec2_conformer.feature_extractor.conv_layers.*.layer_norm.*
      encoder.featureNorm.*                        = wav2vec2_conformer.feature_projection.layer_norm.*
      encoder.projection.*                         = wav2vec2_conformer.feature_projection.projection.*
      encoder.augment.hidden                       = wav2vec2_conformer.masked_spec_embed
      encoder.layer.*.firstNorm.*                  = wav2vec2_conformer.encoder.layers.*.ffn1_layer_norm.*
      encoder.layer.*.first.in.*                   = wav2vec2_conformer.encoder.layers.*.ffn1.intermediate_dense.*
      encoder.layer.*.first.out.*                  = wav2vec2_conformer.encoder.layers.*.ffn1.output_dense.*
      encoder.layer.*.attentionNorm.*              = wav2vec2_conformer.encoder.layers.*.self_attn_layer_norm.*
      encoder.layer.*.attention.q.*                = wav2vec2_conformer.encoder.layers.*.self_attn.linear_q.*
      encoder.layer.*.attention.k.*                = wav2vec2_conformer.encoder.layers.*.self_attn.linear_k.*
      encoder.layer.*.attention.v.*                = wav2vec2_conformer.encoder.layers.*.self_attn.linear_v.*
      encoder.layer.*.attention.heads.out.*        = wav2vec2_conformer.encoder.layers.*.self_attn.linear_out.*
      encoder.layer.*.attention.distances.*        = wav2vec2_conformer.encoder.layers.*.self_attn.linear_pos.*
      encoder.layer.*.attention.content            = wav2vec2_conformer.encoder.layers.*.self_attn.pos_bias_u
      encoder.layer.*.attention.position           = wav2vec2_conformer.encoder.layers.*.self_attn.pos_bias_v
      encoder.layer.*.local.norm.*                 = wav2vec2_conformer.encoder.layers.*.conv_module.layer_norm.*
      encoder.layer.*.local.in.*                   = wav2vec2_conformer.encoder.layers.*.conv_module.pointwise_conv1.*
      encoder.layer.*.local.depthwise.*            = wav2vec2_conformer.encoder.layers.*.conv_module.depthwise_conv.*
      encoder.layer.*.local.batchNorm.mean         = wav2vec2_conformer.encoder.layers.*.conv_module.batch_norm.running_mean
      encoder.layer.*.local.batchNorm.variance     = wav2vec2_conformer.encoder.layers.*.conv_module.batch_norm.running_var
      encoder.layer.*.local.batchNorm.batches      = wav2vec2_conformer.encoder.layers.*.conv_module.batch_norm.num_batches_tracked
      encoder.layer.*.local.batchNorm.*            = wav2vec2_conformer.encoder.layers.*.conv_module.batch_norm.*
      encoder.layer.*.local.out.*                  = wav2vec2_conformer.encoder.layers.*.conv_module.pointwise_conv2.*
      encoder.layer.*.secondNorm.*                 = wav2vec2_conformer.encoder.layers.*.ffn2_layer_norm.*
      encoder.layer.*.second.in.*                  = wav2vec2_conformer.encoder.layers.*.ffn2.intermediate_dense.*
      encoder.layer.*.second.out.*                 = wav2vec2_conformer.encoder.layers.*.ffn2.output_dense.*
      encoder.layer.*.norm.*                       = wav2vec2_conformer.encoder.layers.*.final_layer_norm.*
      encoder.norm.*                               = wav2vec2_conformer.encoder.layer_norm.*
      encoder.unread.bias                          = wav2vec2_conformer.encoder.pos_conv_embed.conv.bias ?
      encoder.unread.gain                          = wav2vec2_conformer.encoder.pos_conv_embed.conv.parametrizations.weight.original0 ?
      encoder.unread.direction                     = wav2vec2_conformer.encoder.pos_conv_embed.conv.parametrizations.weight.original1 ?
      -                                            = wav2vec2_conformer.encoder.pos_conv_embed.conv.weight_g
      -                                            = wav2vec2_conformer.encoder.pos_conv_embed.conv.weight_v
      -                                            = wav2vec2_conformer.encoder.embed_positions.inv_freq
      """;

  private static Architecture<Config> architecture(
      String name, String weights, BiFunction<Config, Integer, Map<Task, Head>> heads) {
    return new Architecture<>(
        name,
        "wav2vec2-conformer",
        "wav2vec2_conformer.",
        Config.BASE,
        (config, labels) ->
            new SpeechModel(new Wav2Vec2Conformer(config), heads.apply(config, labels)),
        BODY + weights,
        Modality.SOUND);
  }

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          architecture("Wav2Vec2ConformerModel", "", (c, labels) -> Map.of()),
          architecture(
              "Wav2Vec2ConformerForCTC",
              "ctc.out.* = lm_head.*\n",
              (c, labels) ->
                  Map.of(Task.CTC, new TokenHead(c.d(), c.vocabulary(), c.finalDropout()))),
          architecture(
              "Wav2Vec2ConformerForSequenceClassification",
              "classes.projection.* = projector.*\nclasses.out.* = classifier.*\n",
              (c, labels) -> Map.of(Task.CLASS, new MeanHead(c.d(), c.projection(), labels))),
          architecture(
              "Wav2Vec2ConformerForAudioFrameClassification",
              "frames.out.* = classifier.*\n",
              (c, labels) -> Map.of(Task.FRAMES, new TokenHead(c.d(), labels, 0))));
}
