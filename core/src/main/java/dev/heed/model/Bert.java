package dev.heed.model;

import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
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
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") int pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    public static final Config BASE =
        new Config(30522, 768, 12, 12, 3072, Activation.GELU, 0.1, 0.1, 512, 2, 1e-12, 0, true);
    public static final Config LARGE =
        new Config(30522, 1024, 24, 16, 4096, Activation.GELU, 0.1, 0.1, 512, 2, 1e-12, 0, true);

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
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), c.pad()));
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
      maskedLm.bias           = cls.predictions.bias
      maskedLm.decoder.weight = cls.predictions.decoder.weight
      -                       = cls.predictions.decoder.bias
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

  /** Makes a body's heads. */
  private interface Heads {
    Map<Task, Head> of(Config config, Bert bert, int labels);
  }

  private static Architecture<Config> architecture(String name, String weights, Heads heads) {
    return new Architecture<>(
        name,
        "bert",
        "bert.",
        Config.BASE,
        (config, labels) -> {
          Bert bert = new Bert(config);
          return new TextModel(bert, heads.of(config, bert, labels));
        },
        BODY + weights);
  }

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          architecture(
              "BertModel",
              POOLED,
              (c, bert, labels) -> Map.of(Task.POOLED, new Pooler(c.d(), Activation.TANH))),
          architecture(
              "BertForPreTraining",
              MASKED_LM + NEXT_SENTENCE,
              (c, bert, labels) ->
                  Map.of(Task.MASKED_LM, bert.maskedLm(), Task.NEXT_SENTENCE, sequence(c, 2))),
          architecture(
              "BertForMaskedLM",
              MASKED_LM,
              (c, bert, labels) -> Map.of(Task.MASKED_LM, bert.maskedLm())),
          architecture(
              "BertForNextSentencePrediction",
              NEXT_SENTENCE,
              (c, bert, labels) -> Map.of(Task.NEXT_SENTENCE, sequence(c, 2))),
          architecture(
              "BertForSequenceClassification",
              SEQUENCE,
              (c, bert, labels) -> Map.of(Task.SEQUENCE, sequence(c, labels))),
          architecture(
              "BertForTokenClassification",
              "tokens.out.* = classifier.*\n",
              (c, bert, labels) -> Map.of(Task.TOKENS, new TokenHead(c.d(), labels, c.dropout()))),
          architecture(
              "BertForQuestionAnswering",
              "span.out.* = qa_outputs.*\n",
              (c, bert, labels) -> Map.of(Task.SPAN, new TokenHead(c.d(), 2, 0))));

  private static Head sequence(Config c, int labels) {
    return new SequenceHead(c.d(), labels, Activation.TANH, c.dropout());
  }

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : new Embedding(c.vocabulary(), c.d(), c.pad());
    return new MaskedLmHead(c.d(), c.activation(), c.eps(), output);
  }
}
