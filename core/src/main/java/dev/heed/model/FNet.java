package dev.heed.model;

import dev.heed.attention.FourierMixing;
import dev.heed.config.Doc;
import dev.heed.config.Key;
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
 * FNet (Lee-Thorp et al. 2021): an encoder that mixes tokens by a Fourier transform.
 *
 * <pre>
 * input  Dropout(LN(E[token] + P[position] + S[segment]) Wᵀ + b)
 * layer  x ← LN(x + Re(F(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Bert} by {@link FourierMixing} in place of attention, so that it has no
 * heads and no mask, and by a projection of the embeddings (section 3.2). B batch, T tokens, D
 * model, F feed-forward, V vocabulary, L labels.
 */
public final class FNet extends Module implements TextEncoder {
  /** Sizes and choices; {@link #BASE} and {@link #LARGE} are the paper's. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied,
      @Key("use_tpu_fourier_optimizations") @Doc("must be false") boolean cutOff) {
    public static final Config BASE = sized(768, 12);
    public static final Config LARGE = sized(1024, 24);

    private static Config sized(int d, int layers) {
      return new Config(
          32000,
          d,
          layers,
          4 * d,
          Activation.GELU_NEW,
          0.1,
          512,
          4,
          1e-12,
          OptionalInt.of(3),
          true,
          false);
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      Sizes.positive("segments", segments);
      Sizes.positive("d", d);
      if (cutOff)
        throw new IllegalArgumentException(
            "use_tpu_fourier_optimizations must be false: of texts shorter than tpu_short_seq_length it computes a transform that is cut off, not FNet's");
    }
  }

  private final Config config;
  private final Embedding tokens;
  private final Learned positions;
  private final Embedding segments;
  private final LayerNorm norm;
  private final Linear projection;
  private final Dropout dropout;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public FNet(Config c) {
    this.config = c;
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.d(), c.pad()));
    this.positions = child("positions", new Learned(c.positions(), c.d()));
    this.segments = child("segments", new Embedding(c.segments(), c.d(), Embedding.NO_PADDING));
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.projection = child("projection", new Linear(c.d(), c.d(), true));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
  }

  private static final class Layer extends Module {
    private final FourierMixing mixing;
    private final LayerNorm mixingNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c) {
      mixing = child("mixing", new FourierMixing());
      mixingNorm = child("mixingNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x) {
      Tensor seen = mixingNorm.forward(x.add(mixing.forward(x)));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  @Override
  public Tensor encode(TextInput input) {
    Tensor places = positions.forward(input.positions(), input.length()); // (1, T, D)
    Tensor sum = tokens.forward(input.ids()).add(places).add(segments.forward(input.segmentIds()));
    Tensor x = dropout.forward(projection.forward(norm.forward(sum))); // (B, T, D)
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x));
    return show("hidden_states", x); // (B, T, D)
  }

  @Override
  public int positions() {
    return config.positions();
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight                 = fnet.embeddings.word_embeddings.weight
      encoder.positions.weight              = fnet.embeddings.position_embeddings.weight
      encoder.segments.weight               = fnet.embeddings.token_type_embeddings.weight
      encoder.norm.*                        = fnet.embeddings.LayerNorm.*
      encoder.projection.*                  = fnet.embeddings.projection.*
      encoder.layer.*.mixingNorm.*          = fnet.encoder.layer.*.fourier.output.LayerNorm.*
      encoder.layer.*.ffn.in.*              = fnet.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*             = fnet.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*             = fnet.encoder.layer.*.output.LayerNorm.*
      -                                     = fnet.embeddings.position_ids
      -                                     = fnet.embeddings.token_type_ids
      """;
  private static final String POOLED = "pooled.dense.* = fnet.pooler.dense.*\n";
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = cls.predictions.transform.dense.*
      maskedLm.norm.*         = cls.predictions.transform.LayerNorm.*
      maskedLm.bias           = cls.predictions.bias | cls.predictions.decoder.bias
      maskedLm.decoder.weight = cls.predictions.decoder.weight
      """;
  private static final String NEXT_SENTENCE =
      """
      nextSentence.pooler.dense.* = fnet.pooler.dense.*
      nextSentence.out.*          = cls.seq_relationship.*
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = fnet.pooler.dense.*
      sequence.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("fnet", "fnet.", Config.BASE, FNet::new, BODY)
          .plain("FNetModel", POOLED, fnet -> Map.of(Task.POOLED, fnet.pooler()))
          .with(
              "FNetForPreTraining",
              MASKED_LM + NEXT_SENTENCE,
              (fnet, labels) ->
                  Map.of(Task.MASKED_LM, fnet.maskedLm(), Task.NEXT_SENTENCE, fnet.nextSentence()))
          .with(
              "FNetForMaskedLM",
              MASKED_LM + POOLED,
              (fnet, labels) -> fnet.pooledBeside(Task.MASKED_LM, fnet.maskedLm()))
          .with(
              "FNetForNextSentencePrediction",
              Task.NEXT_SENTENCE,
              NEXT_SENTENCE,
              (fnet, labels) -> fnet.nextSentence())
          .with("FNetForSequenceClassification", Task.SEQUENCE, SEQUENCE, FNet::sequence)
          .with(
              "FNetForMultipleChoice",
              Task.CHOICE,
              SEQUENCE.replace("sequence.", "choice."),
              (fnet, labels) -> fnet.sequence(1))
          .with(
              "FNetForTokenClassification",
              "tokens.out.* = classifier.*\n" + POOLED,
              (fnet, labels) ->
                  fnet.pooledBeside(
                      Task.TOKENS, new TokenHead(fnet.config.d(), labels, fnet.config.dropout())))
          .with(
              "FNetForQuestionAnswering",
              "span.out.* = qa_outputs.*\n" + POOLED,
              (fnet, labels) ->
                  fnet.pooledBeside(Task.SPAN, TokenHead.span(fnet.config.d(), labels, 0)))
          .architectures();

  /** Hugging Face's classes have a pooler even where nothing asks for it. */
  private Map<Task, Head> pooledBeside(Task task, Head head) {
    return Map.of(task, head, Task.POOLED, pooler());
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
    return new SequenceHead(pooler(), config.d(), labels, config.dropout());
  }
}
