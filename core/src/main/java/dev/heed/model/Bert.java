package dev.heed.model;

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
import dev.heed.nn.MaskedLmHead;
import dev.heed.nn.Module;
import dev.heed.nn.Pooler;
import dev.heed.nn.SequenceHead;
import dev.heed.nn.Sizes;
import dev.heed.nn.TokenHead;
import dev.heed.position.Learned;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * BERT (Devlin et al. 2019): the Transformer's encoder, post-norm, that reads in both directions.
 *
 * <pre>
 * input  Dropout(LN(E[token] + P[position] + S[segment]))
 * layer  x ← LN(x + Dropout(SelfAttention(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Transformer}'s encoder by learned positions, segments, a norm of the
 * embeddings, which aren't scaled, and GELU. B batch, T tokens, D model, F feed-forward, V
 * vocabulary, L labels.
 */
public final class Bert extends Module implements TextEncoder {
  /** Sizes and choices; {@link #BASE} and {@link #LARGE} are the paper's. */
  @Fixed({"is_decoder = false", "position_embedding_type = absolute"})
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
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
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    public static final Config BASE = sized(768, 12, 12);
    public static final Config LARGE = sized(1024, 24, 16);

    private static Config sized(int d, int layers, int heads) {
      return new Config(
          30522,
          d,
          layers,
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
          true);
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
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
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public Bert(Config c) {
    this.config = c;
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.d(), c.pad()));
    this.positions = child("positions", new Learned(c.positions(), c.d()));
    this.segments = child("segments", new Embedding(c.segments(), c.d(), Embedding.NO_PADDING));
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
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
    Tensor places = positions.forward(input.positions(), input.length()); // (1, T, D)
    Tensor sum = tokens.forward(input.ids()).add(places).add(segments.forward(input.segmentIds()));
    Tensor x = dropout.forward(norm.forward(sum)); // (B, T, D)
    Mask mask = input.mask();
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), mask);
    return show("hidden_states", x); // (B, T, D)
  }

  @Override
  public int positions() {
    return config.positions();
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
      """;
  private static final String POOLED = "pooled.dense.* = bert.pooler.dense.*\n";
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = cls.predictions.transform.dense.*
      maskedLm.norm.*         = cls.predictions.transform.LayerNorm.*
      maskedLm.bias           = cls.predictions.bias | cls.predictions.decoder.bias
      maskedLm.decoder.weight = cls.predictions.decoder.weight
      """;
  private static final String NEXT_SENTENCE =
      """
      nextSentence.pooler.dense.* = bert.pooler.dense.*
      nextSentence.out.*          = cls.seq_relationship.*
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = bert.pooler.dense.*
      sequence.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("bert", "bert.", Config.BASE, Bert::new, BODY)
          .plain("BertModel", POOLED, bert -> Map.of(Task.POOLED, bert.pooler()))
          .with(
              "BertForPreTraining",
              MASKED_LM + NEXT_SENTENCE,
              (bert, labels) ->
                  Map.of(Task.MASKED_LM, bert.maskedLm(), Task.NEXT_SENTENCE, bert.nextSentence()))
          .with("BertForMaskedLM", Task.MASKED_LM, MASKED_LM, (bert, labels) -> bert.maskedLm())
          .with(
              "BertForNextSentencePrediction",
              Task.NEXT_SENTENCE,
              NEXT_SENTENCE,
              (bert, labels) -> bert.nextSentence())
          .with("BertForSequenceClassification", Task.SEQUENCE, SEQUENCE, Bert::sequence)
          .with(
              "BertForMultipleChoice",
              Task.CHOICE,
              SEQUENCE.replace("sequence.", "choice."),
              (bert, labels) -> bert.sequence(1))
          .with(
              "BertForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (bert, labels) -> new TokenHead(bert.config.d(), labels, bert.classifierDropout()))
          .with(
              "BertForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (bert, labels) -> TokenHead.span(bert.config.d(), labels, 0))
          .architectures();

  private double classifierDropout() {
    return config.classifierDropout().orElse(config.dropout());
  }

  private Head pooler() {
    return new Pooler(config.d(), Activation.TANH);
  }

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : Embedding.padded(c.vocabulary(), c.d(), c.pad());
    return new MaskedLmHead(c.d(), c.activation(), c.eps(), output);
  }

  private Head nextSentence() {
    return new SequenceHead(pooler(), config.d(), 2, 0);
  }

  private Head sequence(int labels) {
    return new SequenceHead(pooler(), config.d(), labels, classifierDropout());
  }
}
