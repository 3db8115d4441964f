package dev.heed.model;

import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Head;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.MaskedLmHead;
import dev.heed.nn.Module;
import dev.heed.nn.Pooler;
import dev.heed.nn.ReplacedHead;
import dev.heed.nn.SequenceHead;
import dev.heed.nn.Sizes;
import dev.heed.nn.Summary;
import dev.heed.nn.TokenHead;
import dev.heed.position.Learned;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * ELECTRA (Clark et al. 2020): a BERT that tells replaced tokens from real ones, and the small BERT
 * that replaces them.
 *
 * <pre>
 * input  Dropout(LN(E[token] + P[position] + S[segment])), mapped to D where De ≠ D
 * layer  x ← LN(x + Dropout(SelfAttention(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Bert} by embeddings of a width De of their own, no pooler, and the heads:
 * the discriminator's (section 2), and GELU in the generator's and in that of classes. B batch, T
 * tokens, D model, F feed-forward, V vocabulary, L labels.
 */
public final class Electra extends Module implements TextEncoder {
  /** Sizes and choices; {@link #SMALL} and {@link #BASE} are the paper's discriminators. */
  @Fixed({"is_decoder = false", "position_embedding_type = absolute"})
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("embedding_size") @Doc("width De of the embeddings") int embedding,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("classifier_dropout") @Doc("dropout before classes; `dropout` if it isn't given")
          OptionalDouble classifierDropout,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied,
      @Doc("the vector of a text that is one of several choices") Summary.Config summary) {
    public static final Config SMALL = sized(128, 256, 4);
    public static final Config BASE = sized(768, 768, 12);

    private static Config sized(int embedding, int d, int heads) {
      return new Config(
          30522,
          embedding,
          d,
          12,
          heads,
          4 * d,
          Activation.GELU,
          0.1,
          0.1,
          OptionalDouble.empty(),
          512,
          2,
          1e-12,
          OptionalInt.of(0),
          true,
          new Summary.Config(Summary.Which.FIRST, true, Activation.GELU, 0.1));
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("embedding", embedding);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      Sizes.positive("segments", segments);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  private final Config config;
  private final Embedding tokens;
  private final Learned positions;
  private final Embedding segments;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final Optional<Linear> widen;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public Electra(Config c) {
    this(
        c,
        Embedding.padded(c.vocabulary(), c.embedding(), c.pad()),
        new Learned(c.positions(), c.embedding()));
  }

  private Electra(Config c, Embedding tokens, Learned positions) {
    this.config = c;
    this.tokens = child("tokens", tokens);
    this.positions = child("positions", positions);
    this.segments =
        child("segments", new Embedding(c.segments(), c.embedding(), Embedding.NO_PADDING));
    this.norm = child("norm", new LayerNorm(c.embedding(), c.eps()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.widen =
        c.embedding() == c.d()
            ? Optional.empty()
            : Optional.of(child("widen", new Linear(c.embedding(), c.d(), true)));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
  }

  private static final class Layer extends Module {
    private final SelfAttention attention;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c) {
      attention =
          child(
              "attention",
              new SelfAttention(c.d(), c.heads(), new ScaledDotProduct(), c.attentionDropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor seen = attentionNorm.forward(dropout.residual(x, attention.forward(x, mask)));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  @Override
  public Tensor encode(TextInput input) {
    Tensor places = positions.forward(input.positions(), input.length()); // (1, T, De)
    Tensor sum = tokens.forward(input.ids()).add(places).add(segments.forward(input.segmentIds()));
    Tensor embedded = dropout.forward(norm.forward(sum)); // (B, T, De)
    Tensor x = widen.map(map -> map.forward(embedded)).orElse(embedded); // (B, T, D)
    Mask mask = input.mask();
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), mask);
    return show("hidden_states", x); // (B, T, D)
  }

  @Override
  public int positions() {
    return config.positions();
  }

  /**
   * A discriminator and the generator it is trained with (section 2), which share the embeddings of
   * tokens and positions (section 3.2).
   */
  public static final class Pair extends Module {
    private final TextModel discriminator;
    private final TextModel generator;

    /**
     * @param generator whose other weights are taken over
     * @throws UserError if the two don't embed tokens and positions alike
     */
    public Pair(TextModel discriminator, TextModel generator) {
      Electra judge = (Electra) discriminator.encoder();
      Config own = ((Electra) generator.encoder()).config;
      if (own.embedding() != judge.config.embedding()
          || own.vocabulary() != judge.config.vocabulary()
          || own.positions() != judge.config.positions())
        throw new UserError(
            "generator and discriminator share their embeddings, so embedding_size, vocab_size and max_position_embeddings must be the same in both");
      Electra sharing = new Electra(own, judge.tokens, judge.positions);
      this.discriminator = child("discriminator", discriminator);
      this.generator =
          child("generator", new TextModel(sharing, Map.of(Task.MASKED_LM, sharing.maskedLm())));
      Map<String, Tensor> given = generator.parameters();
      try (NoGrad off = NoGrad.on()) {
        this.generator.parameters().forEach((name, weight) -> weight.copy_(given.get(name)));
      }
    }

    /** Tells which tokens were replaced. */
    public TextModel discriminator() {
      return discriminator;
    }

    /** Guesses what is behind masks. */
    public TextModel generator() {
      return generator;
    }
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight                 = electra.embeddings.word_embeddings.weight
      encoder.positions.weight              = electra.embeddings.position_embeddings.weight
      encoder.segments.weight               = electra.embeddings.token_type_embeddings.weight
      encoder.norm.*                        = electra.embeddings.LayerNorm.*
      encoder.widen.*                       = electra.embeddings_project.*
      encoder.layer.*.attention.qkv.*       = electra.encoder.layer.*.attention.self.{query,key,value}.*
      encoder.layer.*.attention.heads.out.* = electra.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.attentionNorm.*       = electra.encoder.layer.*.attention.output.LayerNorm.*
      encoder.layer.*.ffn.in.*              = electra.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*             = electra.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*             = electra.encoder.layer.*.output.LayerNorm.*
      -                                     = electra.embeddings.position_ids
      """;
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = generator_predictions.dense.*
      maskedLm.norm.*         = generator_predictions.LayerNorm.*
      maskedLm.bias           = generator_lm_head.bias
      maskedLm.decoder.weight = generator_lm_head.weight
      """;
  private static final String REPLACED =
      """
      replaced.dense.* = discriminator_predictions.dense.*
      replaced.out.*   = discriminator_predictions.dense_prediction.*
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = classifier.dense.*
      sequence.out.*          = classifier.out_proj.*
      """;

  private static final String CHOICE =
      """
      choice.pooler.dense.* = sequence_summary.summary.*
      choice.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("electra", "electra.", Config.SMALL, Electra::new, BODY)
          .plain("ElectraModel", "", electra -> Map.of())
          .with(
              "ElectraForPreTraining",
              Task.REPLACED,
              REPLACED,
              (electra, labels) ->
                  new ReplacedHead(electra.config.d(), electra.config.activation()))
          .with(
              "ElectraForMaskedLM",
              Task.MASKED_LM,
              MASKED_LM,
              (electra, labels) -> electra.maskedLm())
          .with("ElectraForSequenceClassification", Task.SEQUENCE, SEQUENCE, Electra::sequence)
          .with(
              "ElectraForMultipleChoice",
              Task.CHOICE,
              CHOICE,
              (electra, labels) ->
                  new SequenceHead(
                      new Summary(electra.config.d(), electra.config.summary()),
                      electra.config.d(),
                      1,
                      electra.config.summary().dropout()))
          .with(
              "ElectraForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (electra, labels) ->
                  new TokenHead(electra.config.d(), labels, electra.classifierDropout()))
          .with(
              "ElectraForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (electra, labels) -> TokenHead.span(electra.config.d(), labels, 0))
          .architectures();

  private double classifierDropout() {
    return config.classifierDropout().orElse(config.dropout());
  }

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : Embedding.padded(c.vocabulary(), c.embedding(), c.pad());
    return new MaskedLmHead(c.d(), Activation.GELU, c.eps(), output);
  }

  private Head sequence(int labels) {
    double dropout = classifierDropout();
    Head pooler = new Pooler(config.d(), config.d(), Activation.GELU, dropout);
    return new SequenceHead(pooler, config.d(), labels, dropout);
  }
}
