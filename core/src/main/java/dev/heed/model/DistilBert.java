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
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * DistilBERT (Sanh et al. 2019): BERT with half the layers, taught by BERT.
 *
 * <pre>
 * input  Dropout(LN(E[token] + P[position]))
 * layer  x ← LN(x + SelfAttention(x));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Bert} by having no segments and no pooler, and no dropout after attention.
 * B batch, T tokens, D model, F feed-forward, V vocabulary, L labels.
 */
public final class DistilBert extends Module implements TextEncoder {
  private static final double EPS = 1e-12;

  /** Sizes and choices; {@link #BASE} is the paper's. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key({"dim", "hidden_size"}) @Doc("model width D") int d,
      @Key({"n_layers", "num_hidden_layers"}) @Doc("layers") int layers,
      @Key({"n_heads", "num_attention_heads"}) @Doc("attention heads; must divide `d`") int heads,
      @Key("hidden_dim") @Doc("feed-forward width F") int ffn,
      @Key("activation") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("dropout") @Doc("dropout of embeddings and feed-forward layers") double dropout,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      @Key("seq_classif_dropout") @Doc("dropout before classes of texts") double sequenceDropout,
      @Key("qa_dropout") @Doc("dropout before answers' places") double spanDropout,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("sinusoidal_pos_embds") @Doc("positions begin as sinusoids") boolean sinusoidal,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    public static final Config BASE =
        new Config(
            30522,
            768,
            6,
            12,
            3072,
            Activation.GELU,
            0.1,
            0.1,
            0.2,
            0.1,
            512,
            false,
            OptionalInt.of(0),
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  private final Config config;
  private final Embedding tokens;
  private final Learned positions;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public DistilBert(Config c) {
    this.config = c;
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.d(), c.pad()));
    this.positions =
        child(
            "positions",
            c.sinusoidal()
                ? new Learned(
                    Sinusoidal.table(
                        c.positions(), c.d(), Sinusoidal.Order.INTERLEAVED, Device.CPU))
                : new Learned(c.positions(), c.d()));
    this.norm = child("norm", new LayerNorm(c.d(), EPS));
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
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), EPS));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), EPS));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor seen = attentionNorm.forward(x.add(attention.forward(x, mask)));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  @Override
  public Tensor encode(TextInput input) {
    Tensor places = positions.forward(input.positions(), input.length()); // (1, T, D)
    Tensor sum = tokens.forward(input.ids()).add(places); // (B, T, D)
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
      encoder.tokens.weight                 = distilbert.embeddings.word_embeddings.weight
      encoder.positions.weight              = distilbert.embeddings.position_embeddings.weight
      encoder.norm.*                        = distilbert.embeddings.LayerNorm.*
      encoder.layer.*.attention.qkv.*       = distilbert.transformer.layer.*.attention.{q,k,v}_lin.*
      encoder.layer.*.attention.heads.out.* = distilbert.transformer.layer.*.attention.out_lin.*
      encoder.layer.*.attentionNorm.*       = distilbert.transformer.layer.*.sa_layer_norm.*
      encoder.layer.*.ffn.in.*              = distilbert.transformer.layer.*.ffn.lin1.*
      encoder.layer.*.ffn.out.*             = distilbert.transformer.layer.*.ffn.lin2.*
      encoder.layer.*.ffnNorm.*             = distilbert.transformer.layer.*.output_layer_norm.*
      -                                     = distilbert.embeddings.position_ids
      """;
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = vocab_transform.*
      maskedLm.norm.*         = vocab_layer_norm.*
      maskedLm.bias           = vocab_projector.bias
      maskedLm.decoder.weight = vocab_projector.weight
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = pre_classifier.*
      sequence.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("distilbert", "distilbert.", Config.BASE, DistilBert::new, BODY)
          .plain("DistilBertModel", "", distilbert -> Map.of())
          .with(
              "DistilBertForMaskedLM",
              Task.MASKED_LM,
              MASKED_LM,
              (distilbert, labels) -> distilbert.maskedLm())
          .with(
              "DistilBertForSequenceClassification", Task.SEQUENCE, SEQUENCE, DistilBert::sequence)
          .with(
              "DistilBertForMultipleChoice",
              Task.CHOICE,
              SEQUENCE.replace("sequence.", "choice."),
              (distilbert, labels) -> distilbert.sequence(1))
          .with(
              "DistilBertForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (distilbert, labels) ->
                  new TokenHead(distilbert.config.d(), labels, distilbert.config.dropout()))
          .with(
              "DistilBertForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (distilbert, labels) ->
                  TokenHead.span(distilbert.config.d(), labels, distilbert.config.spanDropout()))
          .architectures();

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : Embedding.padded(c.vocabulary(), c.d(), c.pad());
    return new MaskedLmHead(c.d(), c.activation(), EPS, output);
  }

  private Head sequence(int labels) {
    Head pooler = new Pooler(config.d(), Activation.RELU);
    return new SequenceHead(pooler, config.d(), labels, config.sequenceDropout());
  }
}
