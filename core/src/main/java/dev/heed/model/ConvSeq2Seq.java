package dev.heed.model;

import dev.heed.attention.KeyValues;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.config.Choice;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.config.UserError;
import dev.heed.model.Transformer.Tie;
import dev.heed.nn.Convolution;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Learned;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Convolutional sequence to sequence learning (Gehring et al. 2017).
 *
 * <pre>
 * input      e = Dropout(E x + P)                         of the source, and g of the target so far
 * block      h ← (v([Conv_k(Dropout(h))]) + h) · √½       v the gated linear unit, a ⊗ σ(b)
 * encoder    z = U_z blocks(V_z e), whose convolutions see both sides
 * decoder    blocks(V_g g), which see what is before, and attend between v and the sum:
 *            d = (W_d h + g) · √½    a_ts = softmax(d_t · z_s)
 *            c_t = √m Σ_s a_ts (z_s + e_s) · √½           m source tokens
 *            h ← (W_c c + h) · √½
 * output     softmax(Dropout(U_g h) Eᵀ + b)
 * </pre>
 *
 * <p>Every sum of two is halved in variance, as in the authors' code; their weight normalisation is
 * left out. The gradient that reaches the encoder's layers is divided by the decoder's (section
 * 3.5). When generating, a layer carries the inputs of the last k − 1 tokens.
 *
 * <p>B batch, S source length, T target length, D model, k kernel, V vocabulary; R rows of K
 * hypotheses when generating.
 */
public final class ConvSeq2Seq extends Module implements TranslationModel<ConvSeq2Seq.Stored> {
  /** Sizes and choices. */
  @Choice("convolutional")
  public record Config(
      @Key("d_model") @Doc("width D of embeddings and layers") int d,
      @Key("encoder_layers") @Doc("encoder layers") int encoder,
      @Key("decoder_layers") @Doc("decoder layers, each with an attention of its own") int decoder,
      @Key("kernel_size") @Doc("tokens that a layer sees at once, k; odd, and 3 at least")
          int kernel,
      @Key("dropout") @Doc("dropout of embeddings, layers' inputs, and before the output")
          double dropout,
      @Key("tie")
          @Doc(
              "output projection shared with the target embedding, or with both (needs `text.joint`)")
          Tie tie,
      @Key("max_position_embeddings") @Doc("longest sequence that the model takes, in tokens")
          int positions)
      implements TranslationModel.Config {

    public static final Config DEFAULT = new Config(256, 4, 3, 3, 0.1, Tie.ALL, 1024);

    public Config {
      Sizes.positive("d", d);
      Sizes.positive("encoder", encoder);
      Sizes.positive("decoder", decoder);
      Sizes.positive("positions", positions);
      if (kernel < 3 || kernel % 2 == 0)
        throw new IllegalArgumentException("kernel must be odd and at least 3, not " + kernel);
      Dropout.probability("dropout", dropout);
    }

    @Override
    public ConvSeq2Seq create(Vocabulary vocabulary) {
      return new ConvSeq2Seq(this, vocabulary);
    }
  }

  /** What config.json says of it. */
  public record Stored(Config model, StoredVocabulary tokens) {}

  private static final double HALF = Math.sqrt(0.5);

  private final Config config;
  private final Vocabulary vocabulary;
  private final Embedding source;
  private final Embedding target;
  private final Embedding output;
  private final Tensor outputBias; // (V)
  private final Learned sourcePositions;
  private final Learned targetPositions;
  private final Linear encoderIn;
  private final Linear encoderOut;
  private final Linear decoderIn;
  private final Linear decoderOut;
  private final Dropout dropout;
  private final List<EncoderLayer> encoder;
  private final List<DecoderLayer> decoder;

  /**
   * A model with random weights, on the CPU.
   *
   * @throws UserError if all embeddings are to be tied and the vocabularies differ
   */
  public ConvSeq2Seq(Config config, Vocabulary vocabulary) {
    this.config = config;
    this.vocabulary = vocabulary;
    vocabulary.checkJoint(config.tie() == Tie.ALL);
    int d = config.d();
    Function<Integer, Embedding> embedding = size -> new Embedding(size, d, vocabulary.pad(), 0.1);
    this.source = child("source", embedding.apply(vocabulary.source()));
    this.target =
        child("target", config.tie() == Tie.ALL ? source : embedding.apply(vocabulary.target()));
    this.output =
        child("output", config.tie() == Tie.NONE ? embedding.apply(vocabulary.target()) : target);
    this.outputBias = parameter("outputBias", Init.zeros(vocabulary.target()));
    this.sourcePositions = child("sourcePositions", positions());
    this.targetPositions = child("targetPositions", positions());
    this.encoderIn = child("encoderIn", new Linear(d, d, true));
    this.encoderOut = child("encoderOut", new Linear(d, d, true));
    this.decoderIn = child("decoderIn", new Linear(d, d, true));
    this.decoderOut = child("decoderOut", new Linear(d, d, true));
    this.dropout = child("dropout", new Dropout(config.dropout()));
    this.encoder = children("encoder", config.encoder(), i -> new EncoderLayer(config));
    this.decoder = children("decoder", config.decoder(), i -> new DecoderLayer(config));
    Init.again(this, this::start);
  }

  private Learned positions() {
    return new Learned(Init.normal(0.1, config.positions(), config.d()));
  }

  /** Section 3.6: variance 1 through every layer, of inputs that dropout leaves p of. */
  private void start(String name, Tensor weight) {
    double kept = 1 - config.dropout();
    double inputs = (double) weight.count() / weight.size(0);
    if (name.endsWith("conv.weight")) weight.normal_(0, Math.sqrt(4 * kept / inputs));
    else if (name.matches("(en|de)coderIn\\.weight")) weight.normal_(0, Math.sqrt(kept / inputs));
    else if (name.matches("(.*\\.(query|context)|..coderOut)\\.weight"))
      weight.normal_(0, Math.sqrt(1 / inputs));
  }

  private static Convolution convolution(Config c, int padding) {
    return new Convolution(c.d(), 2 * c.d(), Convolution.Window.line(c.kernel(), 1, padding), true);
  }

  /** The gated linear unit of a convolution of (B, N, D), (B, N', D). */
  private static Tensor gated(Convolution conv, Tensor x) {
    return conv.forward(x.transpose(1, 2)).glu(1).transpose(1, 2);
  }

  static final class EncoderLayer extends Module {
    private final Convolution conv;
    private final Dropout dropout;

    EncoderLayer(Config c) {
      conv = child("conv", convolution(c, c.kernel() / 2));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, S, D) → (B, S, D); padding is 0 to the convolution. */
    Tensor forward(Tensor x, Optional<Tensor> padding) {
      Tensor seen = dropout.forward(x);
      Tensor clean = padding.map(mask -> seen.maskedFill(mask, 0)).orElse(seen);
      return gated(conv, clean).add(x).mul(HALF);
    }
  }

  static final class DecoderLayer extends Module {
    private final Convolution conv;
    private final Dropout dropout;
    private final Attention cross;
    private final int before;

    DecoderLayer(Config c) {
      conv = child("conv", convolution(c, 0));
      dropout = child("dropout", new Dropout(c.dropout()));
      cross = child("cross", new Attention(c.d()));
      before = c.kernel() - 1;
    }

    /** (B, T, D) → (B, T, D), each position seeing itself and the k − 1 before. */
    Tensor forward(Tensor x, Tensor g, Read read, Pass pass) {
      Tensor h = gated(conv, window(dropout.forward(x), pass)).view(x.shape()); // (B, T, D)
      return cross.forward(h, g, read).add(x).mul(HALF);
    }

    /** With what the k − 1 tokens before gave, (B, k − 1 + T, D) or, of steps, (R·K, k, D). */
    private Tensor window(Tensor x, Pass pass) {
      long rows = pass.apart() ? x.size(0) * x.size(1) : x.size(0);
      Tensor fresh = x.reshape(rows, -1, x.size(2)); // (B, T, D) or (R·K, 1, D)
      Tensor[] window = new Tensor[1];
      pass.carry(
          this,
          last -> {
            window[0] =
                last.map(kept -> Tensor.cat(1, List.of(kept.reshape(rows, before, -1), fresh)))
                    .orElseGet(() -> fresh.pad(0, 0, before, 0));
            Tensor next = window[0].narrow(1, window[0].size(1) - before, before);
            return pass.apart() ? next.reshape(x.size(0), x.size(1), before, -1) : next;
          });
      return window[0];
    }
  }

  /** What all decoder layers read: z as keys and z + e as values, (B, 1, S, D), and √m. */
  private record Read(KeyValues source, Memory memory, Tensor scale) {}

  static final class Attention extends Module {
    private final Linear query;
    private final Linear context;
    private final ScaledDotProduct dot = child("dot", new ScaledDotProduct(1));

    Attention(int d) {
      query = child("query", new Linear(d, d, true));
      context = child("context", new Linear(d, d, true));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor h, Tensor g, Read read) {
      Tensor d = query.forward(h).add(g).mul(HALF).unsqueeze(1); // (B, 1, T, D)
      KeyValues source = read.source();
      show("attentions", () -> dot.weights(d, source.keys(), read.memory().mask()));
      Tensor told = dot.attend(d, source.keys(), source.values(), read.memory().mask());
      Tensor c = told.squeeze(1).mul(read.scale()); // (B, T, D)
      return context.forward(c).add(h).mul(HALF);
    }
  }

  // ---- forward ----------------------------------------------------------------------------------

  @Override
  public Memory encode(Tensor ids, Optional<Tensor> real) {
    Tensor places = Tensor.arange(ids.size(1), ids.device()).unsqueeze(0); // (1, S)
    Tensor e = embed(source, ids, sourcePositions.forward(places, ids.size(1))); // (B, S, D)
    Optional<Tensor> padding = real.map(r -> r.logicalNot().unsqueeze(2)); // (B, S, 1)
    Tensor x = encoderIn.forward(e);
    for (EncoderLayer layer : encoder) {
      Tensor input = x;
      x = Scope.within(() -> layer.forward(input, padding));
    }
    Tensor z = shared(encoderOut.forward(x)); // (B, S, D)
    return new Memory(z, real, Optional.of(z.add(e).mul(HALF)));
  }

  /** The same, of whose gradient each decoder layer gives its part. */
  private Tensor shared(Tensor z) {
    double part = 1.0 / config.decoder();
    return part == 1 ? z : z.mul(part).add(z.detach(), 1 - part);
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    Tensor g = embed(target, ids, targetPositions.forward(pass.positions(), pass.length()));
    Read read = read(memory, pass);
    Tensor x = decoderIn.forward(g); // (B, T, D)
    for (DecoderLayer layer : decoder) x = layer.forward(x, g, read, pass);
    return dropout.forward(decoderOut.forward(x)); // (B, T, D)
  }

  private Read read(Memory memory, Pass pass) {
    KeyValues source =
        pass.once(
            this,
            () ->
                new KeyValues(
                    memory.states().unsqueeze(1), memory.beside().orElseThrow().unsqueeze(1)));
    Tensor keys = source.keys();
    Tensor count =
        memory
            .real()
            .map(real -> real.to(keys.dtype()).sum(1).view(-1, 1, 1))
            .orElseGet(() -> Tensor.full(keys.size(2), keys.dtype(), keys.device(), 1, 1, 1));
    return new Read(source, memory, count.sqrt()); // (B or 1, 1, 1)
  }

  private Tensor embed(Embedding embedding, Tensor ids, Tensor positions) {
    return dropout.forward(embedding.forward(ids).add(positions)); // (B, T, D)
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

  private static final String WEIGHTS =
      """
      source.weight             = encoder.embedding.weight
      target.weight             = decoder.embedding.weight
      output.weight             = output.weight
      outputBias                = output.bias
      sourcePositions.weight    = encoder.positions.weight
      targetPositions.weight    = decoder.positions.weight
      encoderIn.*               = encoder.fc1.*
      encoderOut.*              = encoder.fc2.*
      decoderIn.*               = decoder.fc1.*
      decoderOut.*              = decoder.fc2.*
      encoder.*.conv.*          = encoder.convolutions.*.*
      decoder.*.conv.*          = decoder.convolutions.*.*
      decoder.*.cross.query.*   = decoder.attention.*.in_projection.*
      decoder.*.cross.context.* = decoder.attention.*.out_projection.*
      """;

  public static final List<Architecture<Stored>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "HeedConvSeq2Seq",
              "heed-conv-seq2seq",
              "",
              new Stored(Config.DEFAULT, StoredVocabulary.DEFAULT),
              (stored, labels) -> new ConvSeq2Seq(stored.model(), stored.tokens().vocabulary()),
              WEIGHTS));

  @Override
  public Architecture<Stored> architecture() {
    return ARCHITECTURES.get(0);
  }

  @Override
  public Stored stored() {
    return new Stored(config, StoredVocabulary.of(vocabulary));
  }
}
