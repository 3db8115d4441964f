package dev.heed.model;

import dev.heed.attention.Ancestry;
import dev.heed.attention.BeamCache;
import dev.heed.attention.CrossAttention;
import dev.heed.attention.Kernel;
import dev.heed.attention.Kernels;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The encoder–decoder of "Attention Is All You Need" (Vaswani et al. 2017), post-norm as published
 * or pre-norm (Xiong et al. 2020).
 *
 * <pre>
 * encoder layer  x ← LN(x + SelfAttention(x));                 x ← LN(x + FFN(x))
 * decoder layer  x ← LN(x + CausalSelfAttention(x));
 *                x ← LN(x + CrossAttention(x, memory));        x ← LN(x + FFN(x))
 * pre-norm       x ← x + Sublayer(LN(x)) throughout, and a last LN over each stack
 * input          Dropout(√D · E[token] + PE(position));        output  softmax(x Eᵀ)
 * </pre>
 *
 * <p>B batch, S source length, T target length, D model, F feed-forward, H heads, Dh = D/H, V
 * vocabulary; R rows of K hypotheses when generating.
 */
public final class Transformer extends Module {
  /** Where a sublayer is normalised. */
  public enum Norm {
    POST,
    PRE
  }

  /** Which embeddings are one matrix. */
  public enum Tie {
    NONE,
    /** Target embedding = output projection. */
    TARGET,
    /** Source embedding = target embedding = output projection; needs a joint vocabulary. */
    ALL
  }

  /** Sizes and choices; {@link #TINY}, {@link #BASE} and {@link #BIG} are presets. */
  public record Config(
      @Doc("model width D") int d,
      @Doc("feed-forward width F") int ffn,
      @Doc("attention heads H; must divide `d`") int heads,
      @Doc("encoder layers") int encoder,
      @Doc("decoder layers") int decoder,
      @Doc("dropout of embeddings and sublayer outputs") double dropout,
      @Doc("dropout of keys, each for all queries of a head") double attentionDropout,
      @Doc("dropout between the feed-forward layer's two maps") double activationDropout,
      @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Doc("layer norm after each sublayer, as published, or before it") Norm norm,
      @Doc("attention kernel: `scaled_dot_product` or `additive`") String attention,
      @Doc("output projection shared with the target embedding, or with both (needs `text.joint`)")
          Tie tie,
      @Doc("longest sequence that the model takes, in tokens") int positions) {

    public static final Config TINY =
        new Config(
            128,
            256,
            4,
            4,
            4,
            0.1,
            0,
            0,
            Activation.RELU,
            Norm.POST,
            "scaled_dot_product",
            Tie.ALL,
            1024);
    public static final Config BASE =
        new Config(
            512,
            2048,
            8,
            6,
            6,
            0.1,
            0,
            0,
            Activation.RELU,
            Norm.POST,
            "scaled_dot_product",
            Tie.ALL,
            1024);
    public static final Config BIG =
        new Config(
            1024,
            4096,
            16,
            6,
            6,
            0.3,
            0,
            0,
            Activation.RELU,
            Norm.POST,
            "scaled_dot_product",
            Tie.ALL,
            1024);

    public Config {
      atLeastOne("d", d);
      atLeastOne("ffn", ffn);
      atLeastOne("heads", heads);
      atLeastOne("encoder", encoder);
      atLeastOne("decoder", decoder);
      atLeastOne("positions", positions);
      if (d % heads != 0)
        throw new IllegalArgumentException(
            "heads (%d) must divide d (%d) without remainder".formatted(heads, d));
      if (d % 2 != 0) throw new IllegalArgumentException("d must be even, not " + d);
      Dropout.probability("dropout", dropout);
      Dropout.probability("attentionDropout", attentionDropout);
      Dropout.probability("activationDropout", activationDropout);
    }

    private static void atLeastOne(String name, int value) {
      if (value < 1) throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }

  private final Config config;
  private final Vocabulary vocabulary;
  private final Embedding source;
  private final Embedding target;
  private final Embedding output;
  private final Dropout dropout;
  private final List<EncoderLayer> encoder;
  private final List<DecoderLayer> decoder;
  private final Optional<LayerNorm> encoderNorm;
  private final Optional<LayerNorm> decoderNorm;
  private final Tensor positions; // (N, D), no parameter
  private final Tensor outputBias; // (V), no parameter: zero unless a loaded model has one

  /**
   * A model with random weights, on the CPU.
   *
   * @throws UserError if all embeddings are to be tied and the vocabularies differ, or there is no
   *     attention of that name
   */
  public Transformer(Config config, Vocabulary vocabulary) {
    this.config = config;
    this.vocabulary = vocabulary;
    if (config.tie() == Tie.ALL && vocabulary.source() != vocabulary.target())
      throw new UserError(
          "tie: all needs one joint vocabulary, but the source has %d tokens and the target %d"
              .formatted(vocabulary.source(), vocabulary.target()));
    Function<Integer, Embedding> embedding =
        size -> new Embedding(size, config.d(), vocabulary.pad());
    this.source = child("source", embedding.apply(vocabulary.source()));
    this.target =
        child("target", config.tie() == Tie.ALL ? source : embedding.apply(vocabulary.target()));
    this.output =
        child("output", config.tie() == Tie.NONE ? embedding.apply(vocabulary.target()) : target);
    this.dropout = child("dropout", new Dropout(config.dropout()));
    this.encoder =
        children(
            "encoder",
            IntStream.range(0, config.encoder()).mapToObj(i -> new EncoderLayer(config)).toList());
    this.decoder =
        children(
            "decoder",
            IntStream.range(0, config.decoder()).mapToObj(i -> new DecoderLayer(config)).toList());
    this.encoderNorm = lastNorm("encoderNorm");
    this.decoderNorm = lastNorm("decoderNorm");
    this.outputBias = Init.zeros(vocabulary.target());
    this.positions =
        Sinusoidal.table(config.positions(), config.d(), Sinusoidal.Order.SPLIT, Device.CPU);
  }

  private Optional<LayerNorm> lastNorm(String name) {
    return config.norm() == Norm.PRE ? Optional.of(child(name, norm(config))) : Optional.empty();
  }

  private static LayerNorm norm(Config config) {
    return new LayerNorm(config.d(), 1e-5);
  }

  private static Kernel kernel(Config config) {
    return Kernels.create(config.attention(), config.heads(), config.d() / config.heads());
  }

  /** Half of a layer: a sublayer's result joins the residual stream. */
  private static final class Residual extends Module {
    private final LayerNorm norm;
    private final Dropout dropout;
    private final boolean pre;

    Residual(Config config) {
      this.norm = child("norm", norm(config));
      this.dropout = child("dropout", new Dropout(config.dropout()));
      this.pre = config.norm() == Norm.PRE;
    }

    Tensor forward(Tensor x, Function<Tensor, Tensor> sublayer) {
      return Scope.within(
          () ->
              pre
                  ? dropout.residual(x, sublayer.apply(norm.forward(x)))
                  : norm.forward(dropout.residual(x, sublayer.apply(x))));
    }
  }

  private static FeedForward feedForward(Config config) {
    return new FeedForward(
        config.d(), config.ffn(), config.activation(), config.activationDropout());
  }

  static final class EncoderLayer extends Module {
    private final SelfAttention attention;
    private final Residual afterAttention;
    private final FeedForward ffn;
    private final Residual afterFfn;

    EncoderLayer(Config c) {
      attention =
          child("self", new SelfAttention(c.d(), c.heads(), kernel(c), c.attentionDropout()));
      afterAttention = child("selfResidual", new Residual(c));
      ffn = child("ffn", feedForward(c));
      afterFfn = child("ffnResidual", new Residual(c));
    }

    /** (B, S, D) → (B, S, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor attended = afterAttention.forward(x, y -> attention.forward(y, mask));
      return afterFfn.forward(attended, ffn::forward);
    }

    SelfAttention attention() {
      return attention;
    }
  }

  static final class DecoderLayer extends Module {
    private final SelfAttention self;
    private final Residual afterSelf;
    private final CrossAttention cross;
    private final Residual afterCross;
    private final FeedForward ffn;
    private final Residual afterFfn;

    DecoderLayer(Config c) {
      self = child("self", new SelfAttention(c.d(), c.heads(), kernel(c), c.attentionDropout()));
      afterSelf = child("selfResidual", new Residual(c));
      cross =
          child(
              "cross",
              new CrossAttention(c.d(), c.d(), c.heads(), kernel(c), c.attentionDropout()));
      afterCross = child("crossResidual", new Residual(c));
      ffn = child("ffn", feedForward(c));
      afterFfn = child("ffnResidual", new Residual(c));
    }

    /** (B, T, D) → (B, T, D), each position seeing itself and those before. */
    Tensor forward(Tensor x, Mask causal, Tensor memory, Mask memoryMask) {
      return forward(x, y -> self.forward(y, causal), cross.project(memory), memoryMask);
    }

    /** One new position for each hypothesis, (R, K, D) → (R, K, D). */
    Tensor step(Tensor x, BeamCache cache, CrossAttention.Memory memory, Mask memoryMask) {
      return forward(x, y -> self.step(y, cache), memory, memoryMask);
    }

    private Tensor forward(
        Tensor x,
        Function<Tensor, Tensor> selfAttention,
        CrossAttention.Memory memory,
        Mask memoryMask) {
      Tensor seen = afterSelf.forward(x, selfAttention);
      Tensor read = afterCross.forward(seen, y -> cross.forward(y, memory, memoryMask));
      return afterFfn.forward(read, ffn::forward);
    }

    SelfAttention self() {
      return self;
    }

    CrossAttention cross() {
      return cross;
    }
  }

  // ---- forward ----------------------------------------------------------------------------------

  /**
   * INT64 source ids (B, S) → memory (B, S, D).
   *
   * @throws UserError if S is more than the model's positions
   */
  public Tensor encode(Tensor ids, Mask padding) {
    Tensor x = embed(source, ids, 0); // (B, S, D)
    for (EncoderLayer layer : encoder) x = layer.forward(x, padding);
    return normed(encoderNorm, x); // (B, S, D)
  }

  /**
   * Teacher forcing: INT64 inputs (B, T) that start with bos → hidden states (B, T, D), whose
   * products with {@link #outputWeight} are the logits of the next tokens.
   */
  public Tensor decode(Tensor ids, Tensor memory, Mask memoryMask) {
    Mask causal = Mask.causal(); // padding stands on the right, so no real token ever sees it
    Tensor x = embed(target, ids, 0); // (B, T, D)
    for (DecoderLayer layer : decoder) x = layer.forward(x, causal, memory, memoryMask);
    return normed(decoderNorm, x); // (B, T, D)
  }

  /** The output projection (V, D). */
  public Tensor outputWeight() {
    return output.weight();
  }

  /** What is added to the logits (V); it isn't trained. */
  public Tensor outputBias() {
    outputBias.moveTo(outputWeight().device());
    return outputBias;
  }

  /** Which of the source ids (B, S) are real. */
  public Mask sourceMask(Tensor ids) {
    return Mask.padding(ids.ne(vocabulary.pad()));
  }

  private Tensor embed(Embedding embedding, Tensor ids, int from) {
    long length = ids.size(1);
    if (from + length > config.positions())
      throw new UserError(
          "a sequence of %d tokens is longer than the model's %d positions"
              .formatted(from + length, config.positions()));
    positions.moveTo(ids.device());
    Tensor table = positions.narrow(0, from, length); // (T, D)
    Tensor scaled = table.add(embedding.forward(ids), Math.sqrt(config.d())); // (B, T, D)
    return dropout.forward(scaled);
  }

  private static Tensor normed(Optional<LayerNorm> norm, Tensor x) {
    return norm.map(n -> n.forward(x)).orElse(x);
  }

  // ---- generating -------------------------------------------------------------------------------

  /**
   * Starts generating up to {@code beams} hypotheses for each row of INT64 source ids (R, S).
   * Tensors that must live from step to step belong to no scope; close what is returned.
   */
  public Generation generate(Tensor ids, int beams, int maxLength) {
    return new Generation(ids, beams, maxLength);
  }

  /**
   * The caches of one generation: each layer's cross-attention keys once, and its own keys so far.
   */
  public final class Generation implements Stepper, AutoCloseable {
    private final Scope lifetime = Scope.open();
    private final Ancestry ancestry;
    private final List<BeamCache> caches;
    private List<CrossAttention.Memory> memories;
    private Tensor real; // BOOL (R, S)

    private Generation(Tensor ids, int beams, int maxLength) {
      Device device = ids.device();
      ancestry = new Ancestry((int) ids.size(0), beams, maxLength, device);
      real = ids.ne(vocabulary.pad()); // (R, S)
      try (Scope scope = Scope.open();
          NoGrad off = NoGrad.on()) {
        Tensor memory = encode(ids, Mask.padding(real)); // (R, S, D)
        memories = decoder.stream().map(layer -> adopt(layer.cross().project(memory))).toList();
      } catch (RuntimeException e) {
        lifetime.close();
        throw e;
      }
      int headSize = config.d() / config.heads();
      caches =
          decoder.stream()
              .map(layer -> new BeamCache(ancestry, config.heads(), headSize, device, lifetime))
              .toList();
    }

    private CrossAttention.Memory adopt(CrossAttention.Memory memory) {
      return new CrossAttention.Memory(
          lifetime.adopt(memory.keys()), lifetime.adopt(memory.values()));
    }

    @Override
    public int rows() {
      return ancestry.rows();
    }

    @Override
    public int beams() {
      return ancestry.beams();
    }

    @Override
    public int vocabulary() {
      return vocabulary.target();
    }

    @Override
    public Tensor next(int[] tokens, int[] parents) {
      ancestry.advance(parents);
      int position = ancestry.steps() - 1;
      int hypotheses = tokens.length / rows(); // K
      // The hypotheses of a row stand where the time steps stand in training.
      Tensor ids = Tensor.of(tokens, tokens.length, 1).to(real.device()); // (R·K, 1)
      Mask memoryMask = Mask.padding(real);
      Tensor x = embed(target, ids, position).view(rows(), hypotheses, config.d()); // (R, K, D)
      for (int i = 0; i < caches.size(); i++)
        x = decoder.get(i).step(x, caches.get(i), memories.get(i), memoryMask);
      Tensor hidden = normed(decoderNorm, x).view(tokens.length, config.d()); // (R·K, D)
      return hidden.linear(outputWeight(), Optional.of(outputBias())); // (R·K, V)
    }

    @Override
    public void keep(int[] rows) {
      ancestry.keep(rows);
      Tensor index = Tensor.of(rows, rows.length).to(real.device());
      caches.forEach(cache -> cache.keep(index));
      memories = memories.stream().map(memory -> keep(memory, index)).toList();
      real = real.indexSelect(0, index);
    }

    private CrossAttention.Memory keep(CrossAttention.Memory memory, Tensor rows) {
      CrossAttention.Memory kept =
          new CrossAttention.Memory(
              memory.keys().indexSelect(0, rows), memory.values().indexSelect(0, rows));
      lifetime.release(memory.keys());
      lifetime.release(memory.values());
      return kept;
    }

    @Override
    public void close() {
      lifetime.close();
    }
  }

  // ---- what it is made of -----------------------------------------------------------------------

  public Config config() {
    return config;
  }

  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** The table of sinusoids (N, D). */
  public Tensor positions() {
    return positions;
  }

  /** The attentions of the encoder's layers, first to last. */
  public List<SelfAttention> encoderAttentions() {
    return encoder.stream().map(EncoderLayer::attention).toList();
  }

  public List<SelfAttention> decoderAttentions() {
    return decoder.stream().map(DecoderLayer::self).toList();
  }

  public List<CrossAttention> crossAttentions() {
    return decoder.stream().map(DecoderLayer::cross).toList();
  }
}
