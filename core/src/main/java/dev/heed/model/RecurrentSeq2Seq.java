package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.RecurrentDecoder;
import dev.heed.attention.RecurrentDecoders;
import dev.heed.config.Choice;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.model.Transformer.Tie;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.nn.Recurrent.Cell;
import dev.heed.nn.Recurrent.Run;
import dev.heed.nn.RecurrentEncoder;
import dev.heed.nn.RecurrentEncoder.Direction;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The recurrent encoder–decoders: with a vector of fixed size between (Sutskever, Vinyals and Le
 * 2014; Cho et al. 2014), with Bahdanau's attention (Bahdanau, Cho and Bengio 2015), and with
 * Luong's (Luong, Pham and Manning 2015).
 *
 * <pre>
 * encoder   h_1 … h_S = RNN(E x_1 … E x_S), forward, backward or both
 * decoder   as {@code attention/FixedContext}, {@code BahdanauDecoder} or {@code LuongDecoder} has it
 * output    softmax(x Eᵀ + b)
 * dropout   of embeddings, between layers, and before the output (Zaremba et al. 2014)
 * </pre>
 *
 * <p>Embeddings, encoder states and decoder states are all of one width, so that any of them can be
 * tied; each direction of an encoder that reads both ways has half. Weights start as each paper has
 * them. Differs from the papers in GRUs ({@link dev.heed.nn.Recurrent}).
 *
 * <p>B batch, S source length, T target length, D model, V vocabulary; R rows of K hypotheses when
 * generating.
 */
public final class RecurrentSeq2Seq extends Module
    implements TranslationModel<RecurrentSeq2Seq.Stored>, Architecture.OwnNames {
  /** Sizes and choices. */
  @Choice("recurrent")
  public record Config(
      @Key("d_model") @Doc("width D of embeddings and states; each direction of `both` has half")
          int d,
      @Key("num_layers") @Doc("layers of the encoder, and of the decoder") int layers,
      @Key("cell") @Doc("what a unit is") Cell cell,
      @Key("direction") @Doc("how the encoder reads; Sutskever et al. 2014 read `backward`")
          Direction direction,
      @Key("attention")
          @Doc(
              "what the decoder takes from the source: `fixed` (`everyStep: true` as Cho et al. 2014), `bahdanau` or `luong` (`score`: `dot`, `general` or `concat`; `inputFeeding`)")
          Kind attention,
      @Key("dropout") @Doc("dropout of embeddings, between layers, and before the output")
          double dropout,
      @Key("tie")
          @Doc(
              "output projection shared with the target embedding, or with both (needs `text.joint`)")
          Tie tie)
      implements TranslationModel.Config {

    /** Bahdanau's, small. */
    public static final Config DEFAULT =
        new Config(256, 1, Cell.GRU, Direction.BOTH, Kind.of("bahdanau"), 0.1, Tie.ALL);

    public Config {
      Sizes.positive("d", d);
      Sizes.positive("layers", layers);
      if (direction == Direction.BOTH && d % 2 != 0)
        throw new IllegalArgumentException(
            "d must be even where direction is both, not %d".formatted(d));
      Dropout.probability("dropout", dropout);
      RecurrentDecoders.of(attention);
    }

    /** There is no bound. */
    @Override
    public int positions() {
      return Integer.MAX_VALUE;
    }

    @Override
    public RecurrentSeq2Seq create(Vocabulary vocabulary) {
      return new RecurrentSeq2Seq(this, vocabulary);
    }

    private RecurrentDecoder.Shape shape() {
      return new RecurrentDecoder.Shape(cell, d, layers, direction == Direction.BOTH, dropout);
    }
  }

  /** What config.json says of it. */
  public record Stored(Config model, StoredVocabulary tokens) {}

  private final Config config;
  private final Vocabulary vocabulary;
  private final Embedding source;
  private final Embedding target;
  private final Embedding output;
  private final Tensor outputBias; // (V)
  private final Dropout dropout;
  private final RecurrentEncoder encoder;
  private final RecurrentDecoder decoder;

  /**
   * A model with random weights, on the CPU.
   *
   * @throws UserError if all embeddings are to be tied and the vocabularies differ
   */
  public RecurrentSeq2Seq(Config config, Vocabulary vocabulary) {
    this.config = config;
    this.vocabulary = vocabulary;
    vocabulary.checkJoint(config.tie() == Tie.ALL);
    Function<Integer, Embedding> embedding =
        size -> new Embedding(size, config.d(), vocabulary.pad());
    this.source = child("source", embedding.apply(vocabulary.source()));
    this.target =
        child("target", config.tie() == Tie.ALL ? source : embedding.apply(vocabulary.target()));
    this.output =
        child("output", config.tie() == Tie.NONE ? embedding.apply(vocabulary.target()) : target);
    this.outputBias = parameter("outputBias", Init.zeros(vocabulary.target()));
    this.dropout = child("dropout", new Dropout(config.dropout()));
    this.encoder =
        child(
            "encoder",
            new RecurrentEncoder(
                config.cell(),
                config.direction(),
                config.d(),
                config.d(),
                config.layers(),
                config.dropout()));
    RecurrentDecoder.Way way = RecurrentDecoders.of(config.attention());
    this.decoder = child("decoder", way.decoder(config.shape()));
    Init.again(this, way.start());
  }

  // ---- forward ----------------------------------------------------------------------------------

  @Override
  public Memory encode(Tensor ids, Optional<Tensor> real) {
    Tensor x = dropout.forward(source.forward(ids)); // (B, S, D)
    Run read = encoder.forward(x, real);
    return new Memory(read.outputs(), real, Optional.of(read.state())); // (B, S, D)
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    Tensor y = dropout.forward(target.forward(ids)); // (B, T, D)
    return dropout.forward(decoder.forward(y, memory, pass)); // (B, T, D)
  }

  @Override
  public Tensor outputWeight() {
    return output.weight();
  }

  @Override
  public Optional<Tensor> outputBias() {
    return Optional.of(outputBias);
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

  // ---- files ------------------------------------------------------------------------------------

  private static final String LAYER =
      """
      OURS.inputWeight = THEIRS.weight_ih_l*SIDE
      OURS.stateWeight = THEIRS.weight_hh_l*SIDE
      OURS.inputBias   = THEIRS.bias_ih_l*SIDE
      OURS.stateBias   = THEIRS.bias_hh_l*SIDE
      """;

  /** The names that torch.nn.LSTM and GRU have in a module that calls them so. */
  private static final String WEIGHTS =
      """
      source.weight          = encoder.embedding.weight
      target.weight          = decoder.embedding.weight
      output.weight          = output.weight
      outputBias             = output.bias
      decoder.cross.q.*      = decoder.attention.query.*
      decoder.cross.k.*      = decoder.attention.key.*
      decoder.cross.kernel.* = decoder.attention.*
      decoder.context.*      = decoder.context.*
      decoder.first.*        = decoder.initial.*
      decoder.out.map.*      = decoder.maxout.*
      decoder.out.*          = decoder.attentional.*
      """
          + layer("encoder.forward.*", "encoder.rnn", "")
          + layer("encoder.backward.*", "encoder.rnn", "_reverse")
          + layer("decoder.rnn.layers.*", "decoder.rnn", "");

  private static String layer(String ours, String theirs, String side) {
    return LAYER.replace("OURS", ours).replace("THEIRS", theirs).replace("SIDE", side);
  }

  public static final List<Architecture<Stored>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "HeedRecurrentSeq2Seq",
              "heed-recurrent-seq2seq",
              "",
              new Stored(Config.DEFAULT, StoredVocabulary.DEFAULT),
              (stored, labels) ->
                  new RecurrentSeq2Seq(stored.model(), stored.tokens().vocabulary()),
              WEIGHTS));

  /** An encoder that reads backward alone has no other direction to be told from. */
  @Override
  public String table() {
    return config.direction() == Direction.BACKWARD ? WEIGHTS.replace("_reverse", "") : WEIGHTS;
  }

  @Override
  public Architecture<Stored> architecture() {
    return ARCHITECTURES.get(0);
  }

  @Override
  public Stored stored() {
    return new Stored(config, StoredVocabulary.of(vocabulary));
  }
}
