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
import dev.heed.position.Counted;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * RoBERTa (Liu et al. 2019): BERT, trained longer on more text without next sentences.
 *
 * <pre>
 * place  p + 1, p + 2, … for the tokens that aren't padding, whose id and place are p
 * input  Dropout(LN(E[token] + P[place] + S[segment]))
 * layer  x ← LN(x + Dropout(SelfAttention(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Bert} by places that count from after the padding id and leave padding
 * out, and by heads: that of classes has no pooler from pre-training, and that behind a mask always
 * has GELU. B batch, T tokens, D model, F feed-forward, V vocabulary, L labels.
 */
public final class Roberta extends Module implements TextEncoder {
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
      @Key("max_position_embeddings") @Doc("longest text in tokens, and `pad` + 1 more")
          int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("padding, whose embedding isn't trained") int pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    /** What config.json's missing keys mean to Hugging Face: the file of every model has them. */
    static final Config DEFAULT = sized(768, 12, 12, 512, 2, 1e-12);

    public static final Config BASE = sized(768, 12, 12, 514, 1, 1e-5);
    public static final Config LARGE = sized(1024, 24, 16, 514, 1, 1e-5);

    private static Config sized(
        int d, int layers, int heads, int positions, int segments, double eps) {
      return new Config(
          50265,
          d,
          layers,
          heads,
          4 * d,
          Activation.GELU,
          0.1,
          0.1,
          OptionalDouble.empty(),
          positions,
          segments,
          eps,
          1,
          true);
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("segments", segments);
      Sizes.divides("heads", heads, "d", d);
      if (pad < 0 || positions < pad + 2)
        throw new IllegalArgumentException(
            "max_position_embeddings (%d) must be at least pad_token_id (%d) + 2"
                .formatted(positions, pad));
    }
  }

  private final Config config;
  private final Embedding tokens;
  private final Counted positions;
  private final Embedding segments;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public Roberta(Config c) {
    this.config = c;
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), c.pad()));
    this.positions = child("positions", new Counted(c.positions(), c.d(), c.pad()));
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
    Tensor placed = positions.forward(input.ids()); // (B, T, D)
    Tensor sum = tokens.forward(input.ids()).add(placed).add(segments.forward(input.segmentIds()));
    Tensor x = dropout.forward(norm.forward(sum)); // (B, T, D)
    Mask mask = input.mask();
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x), mask);
    return show("hidden_states", x); // (B, T, D)
  }

  @Override
  public int positions() {
    return config.positions() - config.pad() - 1;
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight                 = roberta.embeddings.word_embeddings.weight
      encoder.positions.weight              = roberta.embeddings.position_embeddings.weight
      encoder.segments.weight               = roberta.embeddings.token_type_embeddings.weight
      encoder.norm.*                        = roberta.embeddings.LayerNorm.*
      encoder.layer.*.attention.qkv.*       = roberta.encoder.layer.*.attention.self.{query,key,value}.*
      encoder.layer.*.attention.heads.out.* = roberta.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.attentionNorm.*       = roberta.encoder.layer.*.attention.output.LayerNorm.*
      encoder.layer.*.ffn.in.*              = roberta.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*             = roberta.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*             = roberta.encoder.layer.*.output.LayerNorm.*
      -                                     = roberta.embeddings.position_ids
      -                                     = roberta.embeddings.token_type_ids
      """;
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = lm_head.dense.*
      maskedLm.norm.*         = lm_head.layer_norm.*
      maskedLm.bias           = lm_head.bias | lm_head.decoder.bias
      maskedLm.decoder.weight = lm_head.decoder.weight
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = classifier.dense.*
      sequence.out.*          = classifier.out_proj.*
      """;

  private static final String CHOICE =
      """
      choice.pooler.dense.* = roberta.pooler.dense.*
      choice.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("roberta", "roberta.", Config.DEFAULT, Roberta::new, BODY)
          .plain(
              "RobertaModel",
              "pooled.dense.* = roberta.pooler.dense.*\n",
              roberta -> Map.of(Task.POOLED, new Pooler(roberta.config.d(), Activation.TANH)))
          .with(
              "RobertaForMaskedLM",
              Task.MASKED_LM,
              MASKED_LM,
              (roberta, labels) -> roberta.maskedLm())
          .with("RobertaForSequenceClassification", Task.SEQUENCE, SEQUENCE, Roberta::sequence)
          .with(
              "RobertaForMultipleChoice",
              Task.CHOICE,
              CHOICE,
              (roberta, labels) ->
                  new SequenceHead(
                      new Pooler(roberta.config.d(), Activation.TANH),
                      roberta.config.d(),
                      1,
                      roberta.config.dropout()))
          .with(
              "RobertaForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (roberta, labels) ->
                  new TokenHead(roberta.config.d(), labels, roberta.classifierDropout()))
          .with(
              "RobertaForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (roberta, labels) -> TokenHead.span(roberta.config.d(), labels, 0))
          .architectures();

  private double classifierDropout() {
    return config.classifierDropout().orElse(config.dropout());
  }

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : new Embedding(c.vocabulary(), c.d(), c.pad());
    return new MaskedLmHead(c.d(), Activation.GELU, c.eps(), output);
  }

  private Head sequence(int labels) {
    double dropout = classifierDropout();
    Head pooler = new Pooler(config.d(), config.d(), Activation.TANH, dropout);
    return new SequenceHead(pooler, config.d(), labels, dropout);
  }
}
