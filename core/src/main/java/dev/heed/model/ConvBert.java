package dev.heed.model;

import dev.heed.attention.SpanConvolution;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.GroupedFeedForward;
import dev.heed.nn.Head;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.MaskedLmHead;
import dev.heed.nn.Module;
import dev.heed.nn.Pooler;
import dev.heed.nn.SequenceHead;
import dev.heed.nn.Sizes;
import dev.heed.nn.Summary;
import dev.heed.nn.TokenHead;
import dev.heed.position.Learned;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * ConvBERT (Jiang et al. 2020): BERT in which convolutions take over what is near.
 *
 * <pre>
 * input  Dropout(LN(E[token] + P[position] + S[segment])), mapped to D where De ≠ D
 * layer  x ← LN(x + Dropout(MixedAttention(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Electra}'s generator by {@link SpanConvolution} with fewer heads (section
 * 3.2) and feed-forward layers that may be parted into groups (section 3.3). B batch, T tokens, D
 * model, F feed-forward, V vocabulary, L labels.
 */
public final class ConvBert extends Module implements TextEncoder {
  /** Sizes and choices; {@link #BASE} and {@link #SMALL} are the paper's. */
  @Fixed({"is_decoder = false", "position_embedding_type = absolute"})
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("embedding_size") @Doc("width De of the embeddings") int embedding,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("heads of a BERT of this size") int heads,
      @Key("head_ratio") @Doc("how many of them make one here") int headRatio,
      @Key("conv_kernel_size") @Doc("tokens a convolution sees, an odd number") int kernel,
      @Key("num_groups") @Doc("groups of the feed-forward layer") int groups,
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
    public static final Config BASE = sized(768, 768, 12, 2, 1);
    public static final Config SMALL = sized(128, 256, 4, 2, 1);

    private static Config sized(int embedding, int d, int heads, int headRatio, int groups) {
      return new Config(
          30522,
          embedding,
          d,
          12,
          heads,
          headRatio,
          9,
          groups,
          4 * d,
          Activation.GELU,
          0.1,
          0.1,
          OptionalDouble.empty(),
          512,
          2,
          1e-12,
          OptionalInt.of(1),
          true,
          new Summary.Config(Summary.Which.LAST, false, Activation.LINEAR, 0));
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("embedding", embedding);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      Sizes.positive("segments", segments);
      Sizes.positive("heads", heads);
      Sizes.positive("headRatio", headRatio);
    }

    /** The heads of attention, at least one. */
    private int attentionHeads() {
      return Math.max(1, heads / headRatio);
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
  public ConvBert(Config c) {
    this.config = c;
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.embedding(), c.pad()));
    this.positions = child("positions", new Learned(c.positions(), c.embedding()));
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
    private final SpanConvolution attention;
    private final LayerNorm attentionNorm;
    private final UnaryOperator<Tensor> ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c) {
      attention =
          child(
              "attention",
              new SpanConvolution(c.d(), c.attentionHeads(), c.kernel(), c.attentionDropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn =
          c.groups() == 1
              ? child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0))::forward
              : child("ffn", new GroupedFeedForward(c.d(), c.ffn(), c.groups(), c.activation()))
                  ::forward;
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor seen = attentionNorm.forward(dropout.residual(x, attention.forward(x, mask)));
      return ffnNorm.forward(dropout.residual(seen, ffn.apply(seen)));
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

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight                 = convbert.embeddings.word_embeddings.weight
      encoder.positions.weight              = convbert.embeddings.position_embeddings.weight
      encoder.segments.weight               = convbert.embeddings.token_type_embeddings.weight
      encoder.norm.*                        = convbert.embeddings.LayerNorm.*
      encoder.widen.*                       = convbert.embeddings_project.*
      encoder.layer.*.attention.qkv.*       = convbert.encoder.layer.*.attention.self.{query,key,value}.*
      encoder.layer.*.attention.depthwise.* = convbert.encoder.layer.*.attention.self.key_conv_attn_layer.depthwise.*
      encoder.layer.*.attention.pointwise   = convbert.encoder.layer.*.attention.self.key_conv_attn_layer.pointwise.weight
      encoder.layer.*.attention.spanBias    = convbert.encoder.layer.*.attention.self.key_conv_attn_layer.bias
      encoder.layer.*.attention.kernels.*   = convbert.encoder.layer.*.attention.self.conv_kernel_layer.*
      encoder.layer.*.attention.local.*     = convbert.encoder.layer.*.attention.self.conv_out_layer.*
      encoder.layer.*.attention.out.*       = convbert.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.attentionNorm.*       = convbert.encoder.layer.*.attention.output.LayerNorm.*
      encoder.layer.*.ffn.in.*              = convbert.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*             = convbert.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*             = convbert.encoder.layer.*.output.LayerNorm.*
      -                                     = convbert.embeddings.position_ids
      """;
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = generator_predictions.dense.*
      maskedLm.norm.*         = generator_predictions.LayerNorm.*
      maskedLm.bias           = generator_lm_head.bias
      maskedLm.decoder.weight = generator_lm_head.weight
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
      new TextFamily<>("convbert", "convbert.", Config.BASE, ConvBert::new, BODY)
          .plain("ConvBertModel", "", convbert -> Map.of())
          .with(
              "ConvBertForMaskedLM",
              Task.MASKED_LM,
              MASKED_LM,
              (convbert, labels) -> convbert.maskedLm())
          .with("ConvBertForSequenceClassification", Task.SEQUENCE, SEQUENCE, ConvBert::sequence)
          .with(
              "ConvBertForMultipleChoice",
              Task.CHOICE,
              CHOICE,
              (convbert, labels) ->
                  new SequenceHead(
                      new Summary(convbert.config.d(), convbert.config.summary()),
                      convbert.config.d(),
                      1,
                      convbert.config.summary().dropout()))
          .with(
              "ConvBertForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (convbert, labels) ->
                  new TokenHead(convbert.config.d(), labels, convbert.classifierDropout()))
          .with(
              "ConvBertForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (convbert, labels) -> TokenHead.span(convbert.config.d(), labels, 0))
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
    Head pooler = new Pooler(config.d(), config.d(), config.activation(), dropout);
    return new SequenceHead(pooler, config.d(), labels, dropout);
  }
}
