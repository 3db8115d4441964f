package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.attention.MultiHead;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.data.SoundPreprocessor;
import dev.heed.data.Waveform;
import dev.heed.model.SpeechModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.ClassHead;
import dev.heed.nn.Dropout;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Signals;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The Keyword Transformer (Berg, O'Connor and Cruz 2021, arXiv:2104.00769): which word a second of
 * sound says, by self-attention over time alone.
 *
 * <pre>
 * frame   MFCC: DCT(log max(mel |DFT(window ⊙ samples)|, ε))
 * input   [class; frame₁ W₀; …; frame_T W₀] + P                        (section 2.1)
 * layer   x ← LN(x + SelfAttention(x));  x ← LN(x + FFN(x))
 * output  x of the class token
 * </pre>
 *
 * <p>Differs from {@link Vit} by sound for images, post-norm, and attention whose queries, keys and
 * values have no biases. The front end's matrices are stored with the weights, and aren't trained.
 * B recordings of N samples, T frames of C coefficients, F frequencies, M bands, D model.
 */
public final class KeywordTransformer extends Module
    implements SpeechEncoder, Architecture.OwnNames {
  private static final double EPS = 1e-6;

  /** Sizes and choices, as kws_streaming's flags name them; {@link #KWT_1} is the smallest. */
  @Fixed({
    "attention_type = time",
    "causal_data_frame_padding = 0",
    "data_stride = 1",
    "feature_type = mfcc_tf",
    "fft_magnitude_squared = false",
    "mel_non_zero_only = 1",
    "preemph = 0.0",
    "preprocess = raw",
    "return_softmax = 0",
    "use_tf_fft = 0",
    "window_type = hann"
  })
  public record Config(
      @Key("d_model") @Doc("model width D") int d,
      @Key("num_layers") @Doc("layers") int layers,
      @Key("heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("mlp_dim") @Doc("feed-forward width") int ffn,
      @Key("dropout1") @Doc("dropout of sublayers and inside feed-forward layers") double dropout,
      @Key("sample_rate") @Doc("samples a second") int rate,
      @Key("desired_samples") @Doc("samples N of every recording") int samples,
      @Key("window_size_samples") @Doc("samples of a frame") int window,
      @Key("window_stride_samples") @Doc("samples from frame to frame") int hop,
      @Key("mel_num_bins") @Doc("bands M") int bands,
      @Key("mel_lower_edge_hertz") @Doc("where the lowest band begins, in Hz") double lowest,
      @Key("mel_upper_edge_hertz") @Doc("where the highest band ends, in Hz") double highest,
      @Key("log_epsilon") @Doc("what a band has at least before the logarithm") double floor,
      @Key("dct_num_features") @Doc("coefficients C of a frame") int coefficients) {
    public static final Config KWT_1 =
        new Config(64, 12, 1, 256, 0, 16_000, 16_000, 480, 160, 80, 20, 7600, 1e-12, 40);

    public Config {
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("rate", rate);
      Sizes.positive("window", window);
      Sizes.positive("hop", hop);
      Sizes.positive("bands", bands);
      Sizes.positive("coefficients", coefficients);
      Sizes.divides("heads", heads, "d", d);
      if (samples < window)
        throw new IllegalArgumentException(
            "desired_samples (%d) must be at least window_size_samples (%d)"
                .formatted(samples, window));
      if (!(0 <= lowest && lowest < highest && highest <= rate / 2.0))
        throw new IllegalArgumentException(
            "mel bands must lie between 0 and %s Hz, not from %s to %s"
                .formatted(rate / 2.0, lowest, highest));
    }

    int frames() {
      return 1 + (samples - window) / hop;
    }

    /** The length of the DFT: the least power of 2 that the window fits into. */
    int transform() {
      return window == 1 ? 1 : 2 * Integer.highestOneBit(window - 1);
    }

    /** F, those that count in some band. */
    int frequencies() {
      return (int) Math.ceil(highest * transform() / rate);
    }
  }

  private final Config config;
  private final FrontEnd frontEnd;
  private final Linear in;
  private final Tensor classToken; // (1, 1, D)
  private final Tensor positions; // (1, 1 + T, D)
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public KeywordTransformer(Config c) {
    config = c;
    frontEnd = child("frontEnd", new FrontEnd(c));
    in = child("in", new Linear(c.coefficients(), c.d(), true));
    classToken = parameter("classToken", Init.normal(0.02, 1, 1, c.d()));
    positions = parameter("positions", Init.normal(0.02, 1, 1 + c.frames(), c.d()));
    layers = children("layer", c.layers(), i -> new Layer(c));
  }

  /** Mel-frequency cepstral coefficients (Davis and Mermelstein 1980). */
  private static final class FrontEnd extends Module {
    private final int hop;
    private final double floor;
    private final Tensor window; // (window)
    private final Tensor cosines; // (F, window)
    private final Tensor sines; // (F, window)
    private final Tensor mel; // (M, F)
    private final Tensor dct; // (C, M)
    private final Tensor scale; // (C)

    FrontEnd(Config c) {
      hop = c.hop();
      floor = c.floor();
      int frequencies = c.frequencies();
      window = buffer("window", hann(c.window()));
      cosines = buffer("cosines", waves(c, frequencies, Math.PI / 2));
      sines = buffer("sines", waves(c, frequencies, Math.PI));
      mel = buffer("mel", triangles(c, frequencies));
      dct = buffer("dct", dct(c.coefficients(), c.bands()));
      scale = buffer("scale", Init.ones(c.coefficients()));
    }

    private static Tensor hann(int size) {
      float[] window = new float[size];
      for (int i = 0; i < size; i++)
        window[i] = (float) (0.5 - 0.5 * Math.cos(2 * Math.PI * i / size));
      return Tensor.of(window, size);
    }

    /** sin(2π k i/n + phase): (F, window). */
    private static Tensor waves(Config c, int frequencies, double phase) {
      float[] waves = new float[frequencies * c.window()];
      for (int k = 0; k < frequencies; k++)
        for (int i = 0; i < c.window(); i++)
          waves[k * c.window() + i] =
              (float)
                  Math.sin(2 * Math.PI * ((long) k * i % c.transform()) / c.transform() + phase);
      return Tensor.of(waves, frequencies, c.window());
    }

    /** How much each frequency but 0 counts in each band: triangles on the mel scale, (M, F). */
    private static Tensor triangles(Config c, int frequencies) {
      double low = mel(c.lowest());
      double step = (mel(c.highest()) - low) / (c.bands() + 1);
      float[] triangles = new float[c.bands() * frequencies];
      for (int band = 0; band < c.bands(); band++)
        for (int k = 1; k < frequencies; k++) {
          double center = (mel((double) k * c.rate() / c.transform()) - low) / step - band;
          triangles[band * frequencies + k] = (float) Math.max(0, 1 - Math.abs(center - 1));
        }
      return Tensor.of(triangles, c.bands(), frequencies);
    }

    private static double mel(double hertz) {
      return 1127 * Math.log(1 + hertz / 700);
    }

    /** √(2/M) cos(π/M (m + ½) c): (C, M). */
    private static Tensor dct(int coefficients, int bands) {
      float[] dct = new float[coefficients * bands];
      for (int c = 0; c < coefficients; c++)
        for (int m = 0; m < bands; m++)
          dct[c * bands + m] =
              (float) (Math.sqrt(2.0 / bands) * Math.cos(Math.PI / bands * (m + 0.5) * c));
      return Tensor.of(dct, coefficients, bands);
    }

    /** (B, N) → (B, T, C). In double precision: logarithms make much of a quiet band's rounding. */
    Tensor forward(Tensor samples) {
      Tensor waves = Tensor.cat(0, List.of(cosines, sines)).to(Dtype.FLOAT64).mul(window);
      Tensor spectra =
          Signals.convolve(
              samples.to(Dtype.FLOAT64).unsqueeze(1),
              waves.unsqueeze(1), // (2 F, 1, window)
              Optional.empty(),
              new long[] {hop},
              new long[] {0},
              1); // (B, 2 F, T)
      long frequencies = cosines.size(0);
      Tensor real = spectra.narrow(1, 0, frequencies);
      Tensor imaginary = spectra.narrow(1, frequencies, frequencies);
      Tensor magnitude = real.mul(real).add(imaginary.mul(imaginary)).sqrt(); // (B, F, T)
      Tensor loud = mel.to(Dtype.FLOAT64).matmul(magnitude); // (B, M, T)
      Tensor cepstra =
          dct.to(Dtype.FLOAT64).matmul(loud.clamp(floor, Double.MAX_VALUE).log()); // (B, C, T)
      return cepstra.transpose(1, 2).to(scale.dtype()).mul(scale); // (B, T, C)
    }
  }

  private static final class Layer extends Module {
    private final Linear qkv;
    private final MultiHead heads;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c) {
      qkv = child("qkv", Linear.fused(3, c.d(), c.d(), false));
      heads = child("heads", new MultiHead(c.d(), c.heads(), new ScaledDotProduct(), 0));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), EPS));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), Activation.GELU_NEW, c.dropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), EPS));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x) {
      Tensor[] maps = heads.split(qkv.forward(x), 3); // 3 × (B, H, T, Dh)
      Tensor attended = heads.forward(maps[0], maps[1], maps[2], Mask.NONE); // (B, T, D)
      Tensor seen = attentionNorm.forward(dropout.residual(x, attended));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  /** Samples (B, N) → (B, 1 + T, D), the vector of the recording first. */
  @Override
  public Memory encode(Tensor samples, Optional<Tensor> real) {
    if (samples.dims() != 2 || samples.size(1) != config.samples())
      throw new UserError(
          "sound is %s, where the model reads (recordings, %d samples): fill short recordings with silence"
              .formatted(samples, config.samples()));
    Tensor heard = in.forward(frontEnd.forward(samples)); // (B, T, D)
    Tensor first = classToken.expand(heard.size(0), 1, heard.size(2)); // (B, 1, D)
    Tensor x = Tensor.cat(1, List.of(first, heard)).add(positions); // (B, 1 + T, D)
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x));
    return new Memory(show("hidden_states", x), Optional.empty());
  }

  @Override
  public Optional<SoundPreprocessor> preprocessor() {
    return Optional.of(new Waveform(config.rate(), false, OptionalInt.of(config.samples())));
  }

  // ---- kws_streaming's names --------------------------------------------------------------------

  private static final String FRONT =
      """
      encoder.frontEnd.window  = speech_features/windowing/mul/y
      encoder.frontEnd.cosines = speech_features/magnitude_rdf_tmel/MatMul
      encoder.frontEnd.sines   = speech_features/magnitude_rdf_tmel/MatMul_1
      encoder.frontEnd.mel     = speech_features/magnitude_rdf_tmel/MatMul_2
      encoder.frontEnd.dct     = speech_features/dct/MatMul
      encoder.frontEnd.scale   = speech_features/normalizer/truediv
      encoder.in.weight        = kws_transformer/dense/weight
      encoder.in.bias          = kws_transformer/dense/bias
      encoder.classToken       = class_emb
      encoder.positions        = pos_emb
      """;

  /** BLOCK is {@code kws_transformer/transformer_block}, and _n a number but 0; d counts on. */
  private static final String LAYER =
      """
      encoder.layer.L.qkv.weight           = BLOCK_L/multi_head_self_attention_L/dense_{d1,d2,d3}/weight
      encoder.layer.L.heads.out.weight     = BLOCK_L/multi_head_self_attention_L/dense_d4/weight
      encoder.layer.L.heads.out.bias       = BLOCK_L/multi_head_self_attention_L/dense_d4/bias
      encoder.layer.L.attentionNorm.weight = BLOCK_L/layer_normalization_2L/gamma
      encoder.layer.L.attentionNorm.bias   = BLOCK_L/layer_normalization_2L/beta
      encoder.layer.L.ffn.in.weight        = BLOCK_L/sequential_L/dense_d5/weight
      encoder.layer.L.ffn.in.bias          = BLOCK_L/sequential_L/dense_d5/bias
      encoder.layer.L.ffn.out.weight       = BLOCK_L/sequential_L/dense_d6/weight
      encoder.layer.L.ffn.out.bias         = BLOCK_L/sequential_L/dense_d6/bias
      encoder.layer.L.ffnNorm.weight       = BLOCK_L/layer_normalization_M/gamma
      encoder.layer.L.ffnNorm.bias         = BLOCK_L/layer_normalization_M/beta
      """;

  private static final String HEAD =
      """
      classes.out.weight = sequential_L/dense_d1/MatMul
      classes.out.bias   = sequential_L/dense_d1/bias
      """;

  @Override
  public String table() {
    return table(config.layers());
  }

  /** TensorFlow numbers what it makes, all dense layers through. */
  private static String table(int layers) {
    StringBuilder table = new StringBuilder(FRONT);
    for (int layer = 0; layer < layers; layer++) table.append(numbered(LAYER, layer));
    return table.append(numbered(HEAD, layers)).toString();
  }

  private static String numbered(String lines, int layer) {
    String numbered =
        lines
            .replace("BLOCK", "kws_transformer/transformer_block")
            .replace("_2L", "_" + 2 * layer)
            .replace("_M", "_" + (2 * layer + 1))
            .replace("_L", "_" + layer)
            .replace(".L.", "." + layer + ".")
            .replace("_0/", "/"); // the first has no number
    for (int i = 1; i <= 6; i++) numbered = numbered.replace("d" + i, "" + (6 * layer + i));
    return numbered;
  }

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "KeywordTransformer",
              "keyword-transformer",
              "",
              Config.KWT_1,
              (c, labels) ->
                  new SpeechModel(
                      new KeywordTransformer(c),
                      Map.of(Task.CLASS, new ClassHead(c.d(), labels, x -> x.select(1, 0)))),
              table(Config.KWT_1.layers()),
              Modality.SOUND));
}
