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
import dev.heed.nn.Linear;
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
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * ALBERT (Lan et al. 2020): BERT whose layers share their weights, with narrow embeddings.
 *
 * <pre>
 * input  (Dropout(LN(E[token] + P[position] + S[segment]))) Wᵀ + b
 * layer  x ← LN(x + Dropout(SelfAttention(x)));  x ← LN(x + FFN(x))
 * </pre>
 *
 * <p>Differs from {@link Bert} by embeddings of width De that are mapped to D (section 3.1), by
 * running the few layers of a group many times, and by no dropout after the feed-forward layer. B
 * batch, T tokens, D model, F feed-forward, V vocabulary, L labels.
 */
public final class Albert extends Module implements TextEncoder {
  /** Sizes and choices; {@link #BASE} and {@link #XXLARGE} are the paper's. */
  @Fixed("position_embedding_type = absolute")
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("embedding_size") @Doc("width De of the embeddings") int embedding,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("times that a group runs") int layers,
      @Key("num_hidden_groups") @Doc("groups with weights of their own") int groups,
      @Key("inner_group_num") @Doc("layers of a group") int groupLayers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and attention") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("classifier_dropout_prob") @Doc("dropout before classes") double classifierDropout,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    public static final Config BASE = sized(768, 12);
    public static final Config XXLARGE = sized(4096, 64);

    private static Config sized(int d, int heads) {
      return new Config(
          30000,
          128,
          d,
          12,
          1,
          1,
          heads,
          4 * d,
          Activation.GELU_NEW,
          0,
          0,
          0.1,
          512,
          2,
          1e-12,
          OptionalInt.of(0),
          true);
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("embedding", embedding);
      Sizes.positive("layers", layers);
      Sizes.positive("groups", groups);
      Sizes.positive("groupLayers", groupLayers);
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
  private final Linear widen;
  private final List<Group> groups;

  /** A model with random weights, on the CPU. */
  public Albert(Config c) {
    this.config = c;
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.embedding(), c.pad()));
    this.positions = child("positions", new Learned(c.positions(), c.embedding()));
    this.segments =
        child("segments", new Embedding(c.segments(), c.embedding(), Embedding.NO_PADDING));
    this.norm = child("norm", new LayerNorm(c.embedding(), c.eps()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.widen = child("widen", new Linear(c.embedding(), c.d(), true));
    this.groups =
        children("group", IntStream.range(0, c.groups()).mapToObj(i -> new Group(c)).toList());
  }

  private static final class Group extends Module {
    private final List<Layer> layers;

    Group(Config c) {
      layers =
          children(
              "layer", IntStream.range(0, c.groupLayers()).mapToObj(i -> new Layer(c)).toList());
    }
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
      return ffnNorm.forward(seen.add(ffn.forward(seen)));
    }
  }

  @Override
  public Tensor encode(TextInput input) {
    Tensor places = positions.forward(input.positions(), input.length()); // (1, T, De)
    Tensor sum = tokens.forward(input.ids()).add(places).add(segments.forward(input.segmentIds()));
    Tensor x = widen.forward(dropout.forward(norm.forward(sum))); // (B, T, D)
    Mask mask = input.mask();
    for (int i = 0; i < config.layers(); i++)
      for (Layer layer : groups.get(group(i)).layers)
        x = layer.forward(show("hidden_states", x), mask);
    return show("hidden_states", x); // (B, T, D)
  }

  /** Which group the i-th run is of: as many runs of each, as near as may be. */
  private int group(int i) {
    return (int) (i / ((double) config.layers() / config.groups()));
  }

  @Override
  public int positions() {
    return config.positions();
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String LAYER =
      "encoder.group.*.layer.*.%s.* = albert.encoder.albert_layer_groups.*.albert_layers.*.%s.*\n";
  private static final String BODY =
      """
      encoder.tokens.weight    = albert.embeddings.word_embeddings.weight
      encoder.positions.weight = albert.embeddings.position_embeddings.weight
      encoder.segments.weight  = albert.embeddings.token_type_embeddings.weight
      encoder.norm.*           = albert.embeddings.LayerNorm.*
      encoder.widen.*          = albert.encoder.embedding_hidden_mapping_in.*
      -                        = albert.embeddings.position_ids
      """
          + LAYER.formatted("attention.qkv", "attention.{query,key,value}")
          + LAYER.formatted("attention.heads.out", "attention.dense")
          + LAYER.formatted("attentionNorm", "attention.LayerNorm")
          + LAYER.formatted("ffn.in", "ffn")
          + LAYER.formatted("ffn.out", "ffn_output")
          + LAYER.formatted("ffnNorm", "full_layer_layer_norm");
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = predictions.dense.*
      maskedLm.norm.*         = predictions.LayerNorm.*
      maskedLm.bias           = predictions.bias | predictions.decoder.bias
      maskedLm.decoder.weight = predictions.decoder.weight
      """;
  private static final String ORDER =
      """
      nextSentence.pooler.dense.* = albert.pooler.*
      nextSentence.out.*          = sop_classifier.classifier.*
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = albert.pooler.*
      sequence.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("albert", "albert.", Config.XXLARGE, Albert::new, BODY)
          .plain(
              "AlbertModel",
              "pooled.dense.* = albert.pooler.*\n",
              albert -> Map.of(Task.POOLED, albert.pooler()))
          .with(
              "AlbertForPreTraining",
              MASKED_LM + ORDER,
              (albert, labels) ->
                  Map.of(
                      Task.MASKED_LM,
                      albert.maskedLm(),
                      Task.NEXT_SENTENCE,
                      albert.sequence(labels)))
          .with(
              "AlbertForMaskedLM", Task.MASKED_LM, MASKED_LM, (albert, labels) -> albert.maskedLm())
          .with("AlbertForSequenceClassification", Task.SEQUENCE, SEQUENCE, Albert::sequence)
          .with(
              "AlbertForMultipleChoice",
              Task.CHOICE,
              SEQUENCE.replace("sequence.", "choice."),
              (albert, labels) -> albert.sequence(1))
          .with(
              "AlbertForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (albert, labels) ->
                  new TokenHead(albert.config.d(), labels, albert.config.classifierDropout()))
          .with(
              "AlbertForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (albert, labels) -> TokenHead.span(albert.config.d(), labels, 0))
          .architectures();

  private Head pooler() {
    return new Pooler(config.d(), Activation.TANH);
  }

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : Embedding.padded(c.vocabulary(), c.embedding(), c.pad());
    return new MaskedLmHead(c.d(), c.activation(), c.eps(), output);
  }

  private Head sequence(int labels) {
    return new SequenceHead(pooler(), config.d(), labels, config.classifierDropout());
  }
}
