package dev.heed.model;

import dev.heed.attention.CrossAttention;
import dev.heed.attention.Mechanisms;
import dev.heed.attention.Memory;
import dev.heed.attention.Mixer;
import dev.heed.attention.Pass;
import dev.heed.attention.Place;
import dev.heed.config.Choice;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForwardLayer;
import dev.heed.nn.FeedForwards;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.nn.Tokens;
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

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
public final class Transformer extends Module
    implements TranslationModel<StoredTransformer>, Architecture.OwnNames {
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
  @Choice("transformer")
  public record Config(
      @Key("d_model") @Doc("model width D") int d,
      @Key("encoder_ffn_dim") @Doc("feed-forward width F") int ffn,
      @Key("feed_forward")
          @Doc("what each layer makes of tokens after attention; the decoder's differs if told so")
          Kind feedForward,
      @Key("decoder_feed_forward") @Doc("the same of the decoder; `same` as the encoder's")
          Kind decoderFeedForward,
      @Key("encoder_attention_heads") @Doc("attention heads H; must divide `d`") int heads,
      @Key("encoder_layers") @Doc("encoder layers") int encoder,
      @Key("decoder_layers") @Doc("decoder layers") int decoder,
      @Key("dropout") @Doc("dropout of embeddings and sublayer outputs") double dropout,
      @Key("attention_dropout") @Doc("dropout of keys, each for all queries of a head")
          double attentionDropout,
      @Key("activation_dropout") @Doc("dropout between the feed-forward layer's two maps")
          double activationDropout,
      @Key("activation_function")
          @Doc("the feed-forward layer's nonlinearity, where it has no gate of its own")
          Activation activation,
      @Key("norm") @Doc("layer norm after each sublayer, as published, or before it") Norm norm,
      @Key("attention")
          @Doc("how the encoder's tokens attend to each other; the two below differ if told so")
          Kind attention,
      @Key("decoder_attention") @Doc("how the decoder's do; `same` as the encoder's")
          Kind decoderAttention,
      @Key("cross_attention")
          @Doc("how the decoder attends to the encoder's output; `same` as the encoder's")
          Kind crossAttention,
      @Doc("output projection shared with the target embedding, or with both (needs `text.joint`)")
          Tie tie,
      @Key("max_position_embeddings") @Doc("longest sequence that the model takes, in tokens")
          int positions)
      implements TranslationModel.Config {

    /** What the decoder's choices are to be the encoder's. */
    private static final Kind SAME = Kind.of("same");

    private static final Kind DENSE = Kind.of("dense");

    public static final Config TINY = published(128, 256, 4, 4, 0.1);
    public static final Config BASE = published(512, 2048, 8, 6, 0.1);
    public static final Config BIG = published(1024, 4096, 16, 6, 0.3);
    public static final Config DEFAULT = TINY;

    /** As the paper has it, whose layers of both stacks are as many. */
    private static Config published(int d, int ffn, int heads, int layers, double dropout) {
      return new Config(
          d,
          ffn,
          DENSE,
          SAME,
          heads,
          layers,
          layers,
          dropout,
          0,
          0,
          Activation.RELU,
          Norm.POST,
          Kind.of("scaled_dot_product"),
          SAME,
          SAME,
          Tie.ALL,
          1024);
    }

    public Config {
      Sizes.positive("d", d);
      Sizes.positive("ffn", ffn);
      Sizes.positive("heads", heads);
      Sizes.positive("encoder", encoder);
      Sizes.positive("decoder", decoder);
      Sizes.positive("positions", positions);
      Sizes.divides("heads", heads, "d", d);
      if (d % 2 != 0) throw new IllegalArgumentException("d must be even, not " + d);
      Dropout.probability("dropout", dropout);
      Dropout.probability("attentionDropout", attentionDropout);
      Dropout.probability("activationDropout", activationDropout);
      FeedForwards.of(feedForward);
      FeedForwards.of(or(decoderFeedForward, feedForward));
      Mechanisms.of(attention);
      Mechanisms.of(or(decoderAttention, attention));
      Mechanisms.of(or(crossAttention, attention));
    }

    @Override
    public Transformer create(Vocabulary vocabulary) {
      return new Transformer(this, vocabulary);
    }

    private static Kind or(Kind kind, Kind otherwise) {
      return kind.equals(SAME) ? otherwise : kind;
    }

    private Place place(boolean causal) {
      return new Place(d, heads, positions, attentionDropout, causal);
    }

    Mixer encoderSelf() {
      return Mechanisms.self(attention, place(false));
    }

    Mixer decoderSelf() {
      return Mechanisms.self(or(decoderAttention, attention), place(true));
    }

    private FeedForwards.Place feedForwardPlace(boolean causal) {
      return new FeedForwards.Place(d, ffn, activation, activationDropout, causal);
    }

    IntFunction<FeedForwardLayer> encoderFeedForwards() {
      return FeedForwards.stack(feedForward, feedForwardPlace(false), encoder);
    }

    IntFunction<FeedForwardLayer> decoderFeedForwards() {
      return FeedForwards.stack(
          or(decoderFeedForward, feedForward), feedForwardPlace(true), decoder);
    }

    CrossAttention cross() {
      return Mechanisms.cross(or(crossAttention, attention), place(false), d);
    }

    /** Whether every token attends to every other by scaled dot products. */
    public boolean isDotProduct() {
      Kind dot = Kind.of("scaled_dot_product");
      return List.of(attention, or(decoderAttention, attention), or(crossAttention, attention))
          .equals(List.of(dot, dot, dot));
    }

    /** Whether every feed-forward layer is the published one. */
    public boolean isDense() {
      return List.of(feedForward.kind(), or(decoderFeedForward, feedForward).kind())
          .equals(List.of("dense", "dense"));
    }

    Config withTie(Tie to) {
      return new Config(
          d,
          ffn,
          feedForward,
          decoderFeedForward,
          heads,
          encoder,
          decoder,
          dropout,
          attentionDropout,
          activationDropout,
          activation,
          norm,
          attention,
          decoderAttention,
          crossAttention,
          to,
          positions);
    }
  }

  private final StoredTransformer stored;
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
  private final Sinusoidal positions;
  private final Tensor outputBias; // (1, V), not trained: zero unless a loaded model has one

  /**
   * A model with random weights, on the CPU.
   *
   * @throws UserError if all embeddings are to be tied and the vocabularies differ, or there is no
   *     attention of that name
   */
  public Transformer(Config config, Vocabulary vocabulary) {
    this(StoredTransformer.of(config, vocabulary));
  }

  private Transformer(StoredTransformer stored) {
    this.stored = stored;
    this.config = stored.model();
    this.vocabulary = stored.vocabulary();
    vocabulary.checkJoint(config.tie() == Tie.ALL);
    Function<Integer, Embedding> embedding =
        size -> new Embedding(size, config.d(), vocabulary.pad());
    this.source = child("source", embedding.apply(vocabulary.source()));
    this.target =
        child("target", config.tie() == Tie.ALL ? source : embedding.apply(vocabulary.target()));
    this.output =
        child("output", config.tie() == Tie.NONE ? embedding.apply(vocabulary.target()) : target);
    this.dropout = child("dropout", new Dropout(config.dropout()));
    IntFunction<FeedForwardLayer> ffn = config.encoderFeedForwards();
    this.encoder =
        children("encoder", config.encoder(), i -> new EncoderLayer(config, () -> ffn.apply(i)));
    IntFunction<FeedForwardLayer> last = config.decoderFeedForwards();
    this.decoder =
        children("decoder", config.decoder(), i -> new DecoderLayer(config, () -> last.apply(i)));
    this.encoderNorm = lastNorm("encoderNorm");
    this.decoderNorm = lastNorm("decoderNorm");
    this.outputBias = buffer("outputBias", Init.zeros(1, vocabulary.target()));
    this.positions = new Sinusoidal(config.positions(), config.d(), Sinusoidal.Order.SPLIT);
    if (stored.hasPositions()) {
      buffer("encoderPositions", positions.table());
      buffer("decoderPositions", positions.table().detach());
    }
  }

  private Optional<LayerNorm> lastNorm(String name) {
    return config.norm() == Norm.PRE ? Optional.of(child(name, norm(config))) : Optional.empty();
  }

  private static LayerNorm norm(Config config) {
    return new LayerNorm(config.d(), 1e-5);
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

  static final class EncoderLayer extends Module {
    private final Mixer attention;
    private final Residual afterAttention;
    private final FeedForwardLayer ffn;
    private final Residual afterFfn;

    EncoderLayer(Config c, Supplier<FeedForwardLayer> feedForward) {
      attention = child("self", c.encoderSelf());
      afterAttention = child("selfResidual", new Residual(c));
      ffn = child("ffn", feedForward.get());
      afterFfn = child("ffnResidual", new Residual(c));
    }

    /** (B, S, D) → (B, S, D). */
    Tensor forward(Tensor x, Pass pass, Tokens tokens) {
      Tensor attended = afterAttention.forward(x, y -> attention.forward(y, pass));
      return afterFfn.forward(attended, y -> ffn.forward(y, tokens));
    }
  }

  static final class DecoderLayer extends Module {
    private final Mixer self;
    private final Residual afterSelf;
    private final CrossAttention cross;
    private final Residual afterCross;
    private final FeedForwardLayer ffn;
    private final Residual afterFfn;

    DecoderLayer(Config c, Supplier<FeedForwardLayer> feedForward) {
      self = child("self", c.decoderSelf());
      afterSelf = child("selfResidual", new Residual(c));
      cross = child("cross", c.cross());
      afterCross = child("crossResidual", new Residual(c));
      ffn = child("ffn", feedForward.get());
      afterFfn = child("ffnResidual", new Residual(c));
    }

    /** (B, T, D) → (B, T, D), each position seeing itself and those before. */
    Tensor forward(Tensor x, Memory memory, Pass pass, Tokens tokens) {
      Tensor seen = afterSelf.forward(x, y -> self.forward(y, pass));
      Tensor read = afterCross.forward(seen, y -> cross.forward(y, memory, pass));
      return afterFfn.forward(read, y -> ffn.forward(y, tokens));
    }
  }

  // ---- forward ----------------------------------------------------------------------------------

  @Override
  public Memory encode(Tensor ids, Optional<Tensor> real) {
    Pass pass = Pass.both(ids, real.map(Mask::padding).orElse(Mask.NONE));
    Tensor x = embed(source, ids, pass.positions(), ids.size(1)); // (B, S, D)
    Tokens tokens = Tokens.of(ids, real);
    for (EncoderLayer layer : encoder)
      x = layer.forward(show("encoder_hidden_states", x), pass, tokens);
    return new Memory(show("encoder_hidden_states", normed(encoderNorm, x)), real); // (B, S, D)
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    Tensor x = embed(target, ids, pass.positions(), pass.length()); // (B, T, D)
    Tokens tokens = new Tokens(ids, () -> Optional.of(real(ids, pass)));
    for (DecoderLayer layer : decoder)
      x = layer.forward(show("decoder_hidden_states", x), memory, pass, tokens);
    return show("decoder_hidden_states", normed(decoderNorm, x)); // (B, T, D)
  }

  @Override
  public Tensor outputWeight() {
    return output.weight();
  }

  /** What is added to the logits (V); it isn't trained. */
  @Override
  public Optional<Tensor> outputBias() {
    return Optional.of(outputBias.squeeze(0));
  }

  /**
   * Which of the target ids (B, T) are real: the first is, though some models start with padding.
   */
  private Tensor real(Tensor ids, Pass pass) {
    return ids.ne(vocabulary.pad()).logicalOr(pass.positions().eq(0));
  }

  private Tensor embed(Embedding embedding, Tensor ids, Tensor places, long length) {
    Tensor table = positions.forward(places, length); // (B or 1, T, D)
    double scale = stored.scaled() ? Math.sqrt(config.d()) : 1;
    return dropout.forward(table.add(embedding.forward(ids), scale)); // (B, T, D)
  }

  private static Tensor normed(Optional<LayerNorm> norm, Tensor x) {
    return norm.map(n -> n.forward(x)).orElse(x);
  }

  // ---- what it is made of -----------------------------------------------------------------------

  @Override
  public Config config() {
    return config;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public Module module() {
    return this;
  }

  // ---- Hugging Face's files ---------------------------------------------------------------------

  public static final List<Architecture<StoredTransformer>> ARCHITECTURES =
      StoredTransformer.architectures((stored, labels) -> new Transformer(stored));

  @Override
  public String table() {
    return stored.table();
  }

  /** Hugging Face's class that computes the same, or else Heed's own. */
  @Override
  public Architecture<StoredTransformer> architecture() {
    return ARCHITECTURES.stream()
        .filter(architecture -> architecture.name().equals(stored.architecture()))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public StoredTransformer stored() {
    return stored;
  }
}
