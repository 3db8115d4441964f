package dev.heed.model;

import dev.heed.attention.Kernel;
import dev.heed.attention.Nystrom;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.attention.ValueConvolution;
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
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Nyströmformer (Xiong et al. 2021): BERT whose attention goes by way of landmarks.
 *
 * <pre>
 * input  Dropout(LN(E[token] + P[position] + S[segment]))
 * layer  x ← LN(x + Dropout(NystromAttention(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Bert} by {@link Nystrom} with a {@link ValueConvolution}, by two rows of P
 * before that of the first position, and by a classifier without a pooler of its own. B batch, T
 * tokens, D model, F feed-forward, V vocabulary, L labels.
 */
public final class Nystromformer extends Module implements TextEncoder {
  /** Sizes and choices; {@link #BASE} has the paper's. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("num_landmarks") @Doc("landmarks of a text; must divide its length") int landmarks,
      @Key("segment_means_seq_len")
          @Doc("length for which there are landmarks; attention is exact if it is their number")
          int segmented,
      @Key("conv_kernel_size") @Doc("tokens the convolution of values sees, an odd number")
          int kernel,
      @Key("inv_coeff_init_option") @Doc("begin pseudo-inverses by each matrix's own norm")
          boolean ownNorms,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    public static final Config BASE =
        new Config(
            30000,
            768,
            12,
            12,
            3072,
            Activation.GELU_NEW,
            0.1,
            0.1,
            64,
            64,
            65,
            false,
            510,
            2,
            1e-5,
            OptionalInt.of(1),
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      Sizes.positive("segments", segments);
      Sizes.positive("landmarks", landmarks);
      Sizes.positive("segmented", segmented);
      Sizes.positive("kernel", kernel);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  /** Rows of P before that of the first position. */
  private static final int OFFSET = 2;

  private final Config config;
  private final Embedding tokens;
  private final Learned positions;
  private final Embedding segments;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public Nystromformer(Config c) {
    this.config = c;
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.d(), c.pad()));
    this.positions = child("positions", new Learned(c.positions(), c.d(), OFFSET));
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
          child("attention", new SelfAttention(c.d(), c.heads(), kernel(c), c.attentionDropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    private static Kernel kernel(Config c) {
      Kernel attention =
          c.landmarks() == c.segmented()
              ? new ScaledDotProduct()
              : new Nystrom(c.landmarks(), c.ownNorms());
      return new ValueConvolution(attention, c.heads(), c.kernel());
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
      encoder.tokens.weight                 = nystromformer.embeddings.word_embeddings.weight
      encoder.positions.weight              = nystromformer.embeddings.position_embeddings.weight
      encoder.segments.weight               = nystromformer.embeddings.token_type_embeddings.weight
      encoder.norm.*                        = nystromformer.embeddings.LayerNorm.*
      encoder.layer.*.attention.qkv.*       = nystromformer.encoder.layer.*.attention.self.{query,key,value}.*
      encoder.layer.*.attention.heads.kernel.depthwise.* = nystromformer.encoder.layer.*.attention.self.conv.*
      encoder.layer.*.attention.heads.out.* = nystromformer.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.attentionNorm.*       = nystromformer.encoder.layer.*.attention.output.LayerNorm.*
      encoder.layer.*.ffn.in.*              = nystromformer.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*             = nystromformer.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*             = nystromformer.encoder.layer.*.output.LayerNorm.*
      -                                     = nystromformer.embeddings.position_ids
      """;
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = cls.predictions.transform.dense.*
      maskedLm.norm.*         = cls.predictions.transform.LayerNorm.*
      maskedLm.bias           = cls.predictions.bias | cls.predictions.decoder.bias
      maskedLm.decoder.weight = cls.predictions.decoder.weight
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = classifier.dense.*
      sequence.out.*          = classifier.out_proj.*
      """;

  private static final String CHOICE =
      """
      choice.pooler.dense.* = pre_classifier.*
      choice.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("nystromformer", "nystromformer.", Config.BASE, Nystromformer::new, BODY)
          .plain("NystromformerModel", "", nystromformer -> Map.of())
          .with(
              "NystromformerForMaskedLM",
              Task.MASKED_LM,
              MASKED_LM,
              (nystromformer, labels) -> nystromformer.maskedLm())
          .with(
              "NystromformerForSequenceClassification",
              Task.SEQUENCE,
              SEQUENCE,
              Nystromformer::sequence)
          .with(
              "NystromformerForMultipleChoice",
              Task.CHOICE,
              CHOICE,
              (nystromformer, labels) ->
                  new SequenceHead(
                      new Pooler(nystromformer.config.d(), Activation.RELU),
                      nystromformer.config.d(),
                      1,
                      0))
          .with(
              "NystromformerForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (nystromformer, labels) ->
                  new TokenHead(nystromformer.config.d(), labels, nystromformer.config.dropout()))
          .with(
              "NystromformerForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (nystromformer, labels) -> TokenHead.span(nystromformer.config.d(), labels, 0))
          .architectures();

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : Embedding.padded(c.vocabulary(), c.d(), c.pad());
    return new MaskedLmHead(c.d(), c.activation(), c.eps(), output);
  }

  private Head sequence(int labels) {
    Config c = config;
    Head pooler = new Pooler(c.d(), c.d(), c.activation(), c.dropout());
    return new SequenceHead(pooler, c.d(), labels, c.dropout());
  }
}
