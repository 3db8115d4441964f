package dev.heed.model;

import dev.heed.attention.BlockSparse;
import dev.heed.attention.Kernel;
import dev.heed.attention.RandomBlocks;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
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
import dev.heed.nn.SequenceHead;
import dev.heed.nn.Sizes;
import dev.heed.nn.TokenHead;
import dev.heed.position.Learned;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * BigBird (Zaheer et al. 2020), the encoder with internal global tokens: BERT for long texts.
 *
 * <pre>
 * input  LN(Dropout(E[token] + P[position] + S[segment])), padded to whole blocks
 * layer  x ← LN(x + Dropout(BlockSparse(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Bert} by {@link BlockSparse}, by dropout before the norm of the
 * embeddings, which may be scaled by √D, by a classifier with its own pooler, and by answers: a
 * feed-forward layer finds them, never within the question, whose segment is another. B batch, T
 * tokens, D model, F feed-forward, V vocabulary, L labels.
 */
public final class BigBird extends Module implements TextEncoder {
  /** What tokens see. */
  public enum Attention {
    /** {@link BlockSparse}. */
    BLOCK_SPARSE,
    /** Everything. */
    ORIGINAL_FULL
  }

  /** Sizes and choices; {@link #BASE} and {@link #LARGE} are the paper's. */
  @Fixed({
    "is_decoder = false",
    "add_cross_attention = false",
    "position_embedding_type = absolute"
  })
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys where attention isn't sparse")
          double attentionDropout,
      @Key("classifier_dropout") @Doc("dropout before classes; `dropout` if it isn't given")
          OptionalDouble classifierDropout,
      @Key("attention_type") @Doc("what tokens see: block_sparse or original_full")
          Attention attention,
      @Key("block_size") @Doc("tokens of a block") int block,
      @Key("num_random_blocks") @Doc("random blocks that each sees") int random,
      @Key("use_bias") @Doc("queries, keys and values have biases") boolean biased,
      @Key("rescale_embeddings") @Doc("token embeddings are scaled by √D") boolean rescaled,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("sep_token_id") @Doc("the token that ends a question") int separator,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    public static final Config BASE = sized(768, 12, 12);
    public static final Config LARGE = sized(1024, 24, 16);

    private static Config sized(int d, int layers, int heads) {
      return new Config(
          50358,
          d,
          layers,
          heads,
          4 * d,
          Activation.GELU_NEW,
          0.1,
          0.1,
          OptionalDouble.empty(),
          Attention.BLOCK_SPARSE,
          64,
          3,
          true,
          false,
          4096,
          2,
          1e-12,
          OptionalInt.of(0),
          66,
          true);
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("block", block);
      Sizes.positive("positions", positions);
      Sizes.positive("segments", segments);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  /** What a score of the question's loses. */
  private static final double NO_ANSWER = 1e6;

  private final Config config;
  private final boolean answers;
  private final Embedding tokens;
  private final Learned positions;
  private final Embedding segments;
  private final Dropout dropout;
  private final LayerNorm norm;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public BigBird(Config c) {
    this(c, false);
  }

  /**
   * @param answers whether texts are a question, which ends at the first separator, and its context
   */
  private BigBird(Config c, boolean answers) {
    this.config = c;
    this.answers = answers;
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.d(), c.pad()));
    this.positions = child("positions", new Learned(c.positions(), c.d()));
    this.segments = child("segments", new Embedding(c.segments(), c.d(), Embedding.NO_PADDING));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c, i)).toList());
  }

  private static final class Layer extends Module {
    private final SelfAttention attention;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c, int number) {
      attention = child("attention", attention(c, number));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    private static SelfAttention attention(Config c, int number) {
      boolean sparse = c.attention() == Attention.BLOCK_SPARSE;
      RandomBlocks random = new RandomBlocks(c.random(), c.positions(), number);
      Kernel kernel =
          sparse
              ? new BlockSparse(c.block(), random, c.attentionDropout())
              : new ScaledDotProduct();
      double ofKeys = sparse ? 0 : c.attentionDropout(); // the sparse kernel has its own
      return c.biased()
          ? new SelfAttention(c.d(), c.heads(), kernel, ofKeys)
          : SelfAttention.unbiased(c.d(), c.heads(), kernel, ofKeys);
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor seen = attentionNorm.forward(dropout.residual(x, attention.forward(x, mask)));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>Shows {@code hidden_states} and {@code attentions} of T' tokens, {@link #padded}, but for
   * the last {@code hidden_states}, which are the result.
   */
  @Override
  public Tensor encode(TextInput input) {
    long length = input.length();
    Tensor words = tokens.forward(input.ids()); // (B, T, D)
    Tensor scaled = config.rescaled() ? words.mul(Math.sqrt(config.d())) : words;
    Tensor sum =
        scaled
            .add(segments.forward(segments(input)))
            .add(positions.forward(input.positions(), length)); // (B, T, D)
    long missing = padded(length) - length;
    Tensor x = norm.forward(dropout.forward(sum)).pad(0, 0, 0, missing); // (B, T', D)
    Mask mask = missing == 0 ? input.mask() : padded(input, missing);
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), mask);
    return show("hidden_states", x.narrow(1, 0, length)); // (B, T, D)
  }

  private static Mask padded(TextInput input, long missing) {
    Tensor given =
        input
            .real()
            .orElseGet(() -> Tensor.full(1, Dtype.BOOL, input.device(), input.ids().shape()));
    return Mask.padding(given.to(Dtype.INT64).pad(0, missing).ne(0)); // (B, T')
  }

  /** T': the tokens to which a text of T is padded, T itself where attention is exact. */
  public long padded(long length) {
    return config.attention() == Attention.BLOCK_SPARSE
        ? BlockSparse.padded(length, config.block(), config.random())
        : length;
  }

  /** INT64 (B, T): those given, else 1 for the context of a question and 0. */
  private Tensor segments(TextInput input) {
    return answers && config.segments() > 1 && input.segments().isEmpty()
        ? question(input).logicalNot().to(Dtype.INT64)
        : input.segmentIds();
  }

  /** BOOL (B, T): the question and its separator; the first token alone if there is none. */
  private Tensor question(TextInput input) {
    return input.positions().sub(input.first(config.separator())).lt(1);
  }

  /**
   * Scores (B, T, 2) of where an answer is, of which those in the question lose so much that it
   * isn't there; the first token, which stands for no answer, keeps its own.
   */
  public Tensor outsideQuestion(Tensor scores, TextInput input) {
    Tensor lost = question(input).logicalAnd(input.positions().ge(1)); // (B, T)
    return scores.add(lost.to(scores.dtype()).unsqueeze(2), -NO_ANSWER);
  }

  @Override
  public int positions() {
    return config.positions();
  }

  /** Where an answer starts and ends: LN(h + FFN(h)) Wᵀ + b. */
  private static final class AnswerHead extends Head {
    private final Dropout dropout;
    private final FeedForward ffn;
    private final LayerNorm norm;
    private final Linear out;

    AnswerHead(Config c) {
      dropout = child("dropout", new Dropout(c.dropout()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      norm = child("norm", new LayerNorm(c.d(), c.eps()));
      out = child("out", new Linear(c.d(), 2, true));
    }

    /** (B, T, D) → (B, T, 2). */
    @Override
    public Tensor forward(Tensor hidden) {
      Tensor read = ffn.forward(dropout.forward(hidden)); // (B, T, D)
      return out.forward(norm.forward(dropout.residual(hidden, read)));
    }
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight                 = bert.embeddings.word_embeddings.weight
      encoder.positions.weight              = bert.embeddings.position_embeddings.weight
      encoder.segments.weight               = bert.embeddings.token_type_embeddings.weight
      encoder.norm.*                        = bert.embeddings.LayerNorm.*
      encoder.layer.*.attention.qkv.*       = bert.encoder.layer.*.attention.self.{query,key,value}.*
      encoder.layer.*.attention.heads.out.* = bert.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.attentionNorm.*       = bert.encoder.layer.*.attention.output.LayerNorm.*
      encoder.layer.*.ffn.in.*              = bert.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*             = bert.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*             = bert.encoder.layer.*.output.LayerNorm.*
      -                                     = bert.embeddings.position_ids
      -                                     = bert.embeddings.token_type_ids
      """;
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = cls.predictions.transform.dense.*
      maskedLm.norm.*         = cls.predictions.transform.LayerNorm.*
      maskedLm.bias           = cls.predictions.bias | cls.predictions.decoder.bias
      maskedLm.decoder.weight = cls.predictions.decoder.weight
      """;
  private static final String POOLED = "pooled.dense.* = bert.pooler.*\n";
  private static final String NEXT_SENTENCE =
      """
      nextSentence.pooler.dense.* = bert.pooler.*
      nextSentence.out.*          = cls.seq_relationship.*
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = classifier.dense.*
      sequence.out.*          = classifier.out_proj.*
      """;
  private static final String CHOICE =
      """
      choice.pooler.dense.* = bert.pooler.*
      choice.out.*          = classifier.*
      """;
  private static final String SPAN =
      """
      span.ffn.in.*  = qa_classifier.intermediate.dense.*
      span.ffn.out.* = qa_classifier.output.dense.*
      span.norm.*    = qa_classifier.output.LayerNorm.*
      span.out.*     = qa_classifier.qa_outputs.*
      """;

  private static final List<Architecture<Config>> READERS =
      new TextFamily<>("big_bird", "bert.", Config.BASE, BigBird::new, BODY)
          .plain("BigBirdModel", POOLED, bigBird -> Map.of(Task.POOLED, bigBird.pooler()))
          .with(
              "BigBirdForPreTraining",
              MASKED_LM + NEXT_SENTENCE,
              (bigBird, labels) ->
                  Map.of(
                      Task.MASKED_LM,
                      bigBird.maskedLm(),
                      Task.NEXT_SENTENCE,
                      new SequenceHead(bigBird.pooler(), bigBird.config.d(), 2, 0)))
          .with(
              "BigBirdForMaskedLM",
              MASKED_LM + POOLED,
              (bigBird, labels) -> bigBird.withPooler(Task.MASKED_LM, bigBird.maskedLm()))
          .with(
              "BigBirdForSequenceClassification",
              SEQUENCE + POOLED,
              (bigBird, labels) -> bigBird.withPooler(Task.SEQUENCE, bigBird.sequence(labels)))
          .with(
              "BigBirdForMultipleChoice",
              Task.CHOICE,
              CHOICE,
              (bigBird, labels) ->
                  new SequenceHead(
                      bigBird.pooler(), bigBird.config.d(), 1, bigBird.config.dropout()))
          .with(
              "BigBirdForTokenClassification",
              "tokens.out.* = classifier.*\n" + POOLED,
              (bigBird, labels) -> bigBird.withPooler(Task.TOKENS, bigBird.tokens(labels)))
          .architectures();

  private static final List<Architecture<Config>> ANSWERERS =
      new TextFamily<>("big_bird", "bert.", Config.BASE, c -> new BigBird(c, true), BODY)
          .with(
              "BigBirdForQuestionAnswering",
              Task.SPAN,
              SPAN,
              (bigBird, labels) -> new AnswerHead(bigBird.config))
          .architectures();

  public static final List<Architecture<Config>> ARCHITECTURES =
      Stream.of(READERS, ANSWERERS).flatMap(List::stream).toList();

  private double classifierDropout() {
    return config.classifierDropout().orElse(config.dropout());
  }

  private Head pooler() {
    return new Pooler(config.d(), Activation.TANH);
  }

  /** As files have it: a pooler stands beside heads that don't read it. */
  private Map<Task, Head> withPooler(Task task, Head head) {
    return Map.of(task, head, Task.POOLED, pooler());
  }

  private Head tokens(int labels) {
    return new TokenHead(config.d(), labels, classifierDropout());
  }

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : Embedding.padded(c.vocabulary(), c.d(), c.pad());
    return new MaskedLmHead(c.d(), c.activation(), c.eps(), output);
  }

  private Head sequence(int labels) {
    double dropout = classifierDropout();
    Head pooler = new Pooler(config.d(), config.d(), config.activation(), dropout);
    return new SequenceHead(pooler, config.d(), labels, dropout);
  }
}
