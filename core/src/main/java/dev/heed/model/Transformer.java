package dev.heed.model;

import dev.heed.attention.Mechanisms;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.Choice;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.model.TransformerLayer.Given;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForwards;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.Norms;
import dev.heed.nn.Placement;
import dev.heed.nn.Sizes;
import dev.heed.nn.Tokens;
import dev.heed.position.Positions;
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * The encoder–decoder of "Attention Is All You Need" (Vaswani et al. 2017), with its parts as
 * published or as others have changed them, by name: attention, positions, norms and where they
 * stand.
 *
 * <pre>
 * encoder layer  x ← LN(x + SelfAttention(x));                 x ← LN(x + FFN(x))
 * decoder layer  x ← LN(x + CausalSelfAttention(x));
 *                x ← LN(x + CrossAttention(x, memory));        x ← LN(x + FFN(x))
 * input          Dropout(√D · E[token] + PE(position));        output  softmax(x Eᵀ)
 * </pre>
 *
 * <p>{@link TransformerLayer} has the sublayers, {@link Placement} the other ways to norm and join
 * them, such as pre-norm (Xiong et al. 2020), {@link TransformerStack} what is around the layers.
 *
 * <p>B batch, S source length, T target length, D model, F feed-forward, H heads, Dh = D/H, V
 * vocabulary; R rows of K hypotheses when generating.
 */
public final class Transformer extends Module
    implements TranslationModel<StoredTransformer>, Architecture.OwnNames {
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
      @Key("dropout") @Doc("dropout of sublayer outputs") double dropout,
      @Key("embedding_dropout") @Doc("dropout of embeddings; `dropout` if it isn't given")
          OptionalDouble embeddingDropout,
      @Key("attention_dropout") @Doc("dropout of keys, each for all queries of a head")
          double attentionDropout,
      @Key("activation_dropout") @Doc("dropout between the feed-forward layer's two maps")
          double activationDropout,
      @Key("drop_path_rate")
          @Doc("how often a text goes without the last layer's sublayers; the earlier, the less")
          double dropPath,
      @Key("encoder_layerdrop") @Doc("how often a batch goes without a layer") double layerDrop,
      @Key("activation_function")
          @Doc("the feed-forward layer's nonlinearity, where it has no gate of its own")
          Activation activation,
      @Key("norm") @Doc("how vectors are normalised") Kind norm,
      @Key("placement")
          @Doc("where sublayers are normalised, and how they join the residual stream")
          Placement placement,
      @Key("position")
          @Doc(
              "how a stack is told where tokens stand; `shaw` and `transformer_xl` are attentions and tell themselves: `none` goes with them")
          Kind position,
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
          OptionalDouble.empty(),
          0,
          0,
          0,
          0,
          Activation.RELU,
          Kind.of("layer"),
          Placement.POST,
          Kind.of("sinusoidal"),
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
      Dropout.probability("dropout", dropout);
      Dropout.probability("embeddingDropout", embeddingDropout.orElse(dropout));
      Dropout.probability("attentionDropout", attentionDropout);
      Dropout.probability("activationDropout", activationDropout);
      Dropout.probability("dropPath", dropPath);
      Dropout.probability("layerDrop", layerDrop);
      Norms.of(norm);
      Positions.of(position).tokenSize(d);
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

    Kind decoderSelf() {
      return or(decoderAttention, attention);
    }

    Kind decoderFfn() {
      return or(decoderFeedForward, feedForward);
    }

    Kind cross() {
      return or(crossAttention, attention);
    }

    /** The width of tokens' own vectors. */
    int tokenSize() {
      return Positions.of(position).tokenSize(d);
    }

    /** Whether positions and norms are the paper's, wherever the norms stand. */
    public boolean isPublished() {
      return Positions.of(position).equals(new Sinusoidal.Options())
          && Norms.of(norm).equals(LayerNorm.Options.DEFAULT);
    }

    /** Whether every token attends to every other by scaled dot products. */
    public boolean isDotProduct() {
      Kind dot = Kind.of("scaled_dot_product");
      return List.of(attention, decoderSelf(), cross()).equals(List.of(dot, dot, dot));
    }

    /** Whether every feed-forward layer is the published one. */
    public boolean isDense() {
      return List.of(feedForward.kind(), decoderFfn().kind()).equals(List.of("dense", "dense"));
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
          embeddingDropout,
          attentionDropout,
          activationDropout,
          dropPath,
          layerDrop,
          activation,
          norm,
          placement,
          position,
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
  private final TransformerStack encoder;
  private final TransformerStack decoder;
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
    int tokenSize = config.tokenSize();
    if (config.tie() != Tie.NONE && tokenSize != config.d())
      throw new UserError(
          "position %s leaves tokens %d of the %d numbers that the output projection takes: set tie: none"
              .formatted(config.position().kind(), tokenSize, config.d()));
    IntFunction<Embedding> embedding = size -> new Embedding(size, tokenSize, vocabulary.pad());
    this.source = child("source", embedding.apply(vocabulary.source()));
    this.target =
        child("target", config.tie() == Tie.ALL ? source : embedding.apply(vocabulary.target()));
    this.output =
        child(
            "output",
            config.tie() == Tie.NONE
                ? new Embedding(vocabulary.target(), config.d(), vocabulary.pad())
                : target);
    TransformerParts parts = new TransformerParts(config);
    this.encoder = child("encoder", TransformerStack.encoder(parts, stored.hasPositions()));
    this.decoder = child("decoder", TransformerStack.decoder(parts, stored.hasPositions()));
    this.outputBias = buffer("outputBias", Init.zeros(1, vocabulary.target()));
  }

  // ---- forward ----------------------------------------------------------------------------------

  @Override
  public Memory encode(Tensor ids, Optional<Tensor> real) {
    Pass pass = Pass.both(ids, real.map(Mask::padding).orElse(Mask.NONE));
    Given given = new Given(pass, Optional.empty(), Tokens.of(ids, real), real);
    UnaryOperator<Tensor> shown = x -> show("encoder_hidden_states", x);
    return new Memory(
        encoder.forward(source.forward(ids), scale(), given, shown), real); // (B, S, D)
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    Tokens tokens = new Tokens(ids, () -> Optional.of(real(ids, pass)));
    Optional<Tensor> real = training() ? tokens.real().get() : Optional.empty();
    Given given = new Given(pass, Optional.of(memory), tokens, real);
    UnaryOperator<Tensor> shown = x -> show("decoder_hidden_states", x);
    return decoder.forward(target.forward(ids), scale(), given, shown); // (B, T, D)
  }

  /**
   * Which of the target ids (B, T) are real: the first is, though some models start with padding.
   */
  private Tensor real(Tensor ids, Pass pass) {
    return ids.ne(vocabulary.pad()).logicalOr(pass.positions().eq(0));
  }

  private double scale() {
    return stored.scaled() ? Math.sqrt(config.tokenSize()) : 1;
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
