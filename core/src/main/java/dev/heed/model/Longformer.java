package dev.heed.model;

import dev.heed.attention.SlidingWindow;
import dev.heed.attention.SlidingWindow.Globals;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
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
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Longformer (Beltagy et al. 2020): RoBERTa for long texts, with attention to what is near.
 *
 * <pre>
 * place  p + 1, p + 2, … for the tokens that aren't padding, whose id and place are p
 * input  Dropout(LN(E[token] + P[place] + S[segment])), padded to whole windows
 * layer  x ← LN(x + Dropout(SlidingWindow(x)));  x ← LN(x + Dropout(FFN(x)))
 * </pre>
 *
 * <p>Differs from {@link Roberta} by {@link SlidingWindow}, and by tokens that attend globally:
 * those that are given, else none, but the first one to classify texts, and the question to answer
 * it (section 5.2). B batch, T tokens, D model, F feed-forward, V vocabulary, L labels.
 */
public final class Longformer extends Module implements TextEncoder {
  /** Sizes and choices; {@link #BASE} and {@link #LARGE} are the paper's. */
  @Fixed("onnx_export = false")
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("attention_window")
          @Doc("tokens seen beside itself, an even number for each layer or one for all; else 512")
          List<Integer> windows,
      @Key("max_position_embeddings") @Doc("longest text in tokens, and `pad` + 1 more")
          int positions,
      @Key("type_vocab_size") @Doc("segments told apart") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("padding, whose embedding isn't trained") int pad,
      @Key("sep_token_id") @Doc("the token that ends a question") int separator,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    /** What config.json's missing keys mean to Hugging Face: the file of every model has them. */
    static final Config DEFAULT = sized(30522, 768, 12, 12, List.of(), 512, 2, 1e-12);

    public static final Config BASE = sized(50265, 768, 12, 12, List.of(512), 4098, 1, 1e-5);
    public static final Config LARGE = sized(50265, 1024, 24, 16, List.of(512), 4098, 1, 1e-5);

    private static Config sized(
        int vocabulary,
        int d,
        int layers,
        int heads,
        List<Integer> windows,
        int positions,
        int segments,
        double eps) {
      return new Config(
          vocabulary,
          d,
          layers,
          heads,
          4 * d,
          Activation.GELU,
          0.1,
          0.1,
          windows,
          positions,
          segments,
          eps,
          1,
          2,
          true);
    }

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("segments", segments);
      Sizes.divides("heads", heads, "d", d);
      windows = windows.size() == 1 ? Collections.nCopies(layers, windows.get(0)) : windows;
      boolean fit = windows.isEmpty() || windows.size() == layers;
      if (!fit || windows.stream().anyMatch(w -> w < 2 || w % 2 != 0))
        throw new IllegalArgumentException(
            "attention_window must be a positive even number, or %d of them, one a layer: %s"
                .formatted(layers, windows));
      windows = List.copyOf(windows);
      if (pad < 0 || positions < pad + 2)
        throw new IllegalArgumentException(
            "max_position_embeddings (%d) must be at least pad_token_id (%d) + 2"
                .formatted(positions, pad));
    }

    /** Tokens that one sees beside itself in a layer. */
    int window(int layer) {
      return windows.isEmpty() ? 512 : windows.get(layer);
    }
  }

  /** Which tokens attend globally where none are given. */
  private enum Global {
    NONE,
    FIRST,
    /** Those before the first separator. */
    QUESTION,
    /** Those after the first separator and its neighbour. */
    CHOICE
  }

  private final Config config;
  private final Global global;
  private final Embedding tokens;
  private final Counted positions;
  private final Embedding segments;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public Longformer(Config c) {
    this(c, Global.NONE);
  }

  private Longformer(Config c, Global global) {
    this.config = c;
    this.global = global;
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), c.pad()));
    this.positions = child("positions", new Counted(c.positions(), c.d(), c.pad()));
    this.segments = child("segments", new Embedding(c.segments(), c.d(), Embedding.NO_PADDING));
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c, i)).toList());
  }

  private static final class Layer extends Module {
    private final SlidingWindow attention;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c, int i) {
      attention =
          child(
              "attention",
              new SlidingWindow(c.d(), c.heads(), c.window(i) / 2, c.attentionDropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Tensor real, Optional<Globals> globals, long length) {
      Tensor attended = attention.forward(x, real, globals, length);
      Tensor seen = attentionNorm.forward(dropout.residual(x, attended));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  @Override
  public Tensor encode(TextInput input) {
    Tensor places = input.positions(); // (1, T)
    return encode(
        input,
        switch (global) {
          case NONE -> Optional.empty();
          case FIRST -> Optional.of(places.eq(0).expand(input.ids().shape()));
          case QUESTION -> Optional.of(places.sub(input.first(config.separator())).lt(0));
          case CHOICE -> Optional.of(places.sub(input.first(config.separator())).ge(2));
        });
  }

  /**
   * (B, T) ids → (B, T, D).
   *
   * @param global BOOL (B, T), which tokens see everything and are seen by all; empty for none
   */
  public Tensor encode(TextInput input, Optional<Tensor> global) {
    Tensor placed = positions.forward(input.ids()); // (B, T, D)
    Tensor sum = tokens.forward(input.ids()).add(placed).add(segments.forward(input.segmentIds()));
    long length = input.length();
    long missing = Math.floorMod(-length, wholeWindows());
    Tensor x = dropout.forward(norm.forward(sum)).pad(0, 0, 0, missing); // (B, T', D)
    Tensor given =
        input
            .real()
            .orElseGet(() -> Tensor.full(1, Dtype.BOOL, x.device(), x.size(0), length)); // (B, T)
    Tensor real = padded(given, missing); // (B, T')
    Optional<Globals> globals =
        global.flatMap(marks -> Globals.of(padded(marks.logicalAnd(given), missing)));
    Tensor read = x;
    for (Layer layer : layers) {
      show("hidden_states", read.narrow(1, 0, length));
      read = layer.forward(read, real, globals, length);
    }
    return show("hidden_states", read.narrow(1, 0, length)); // (B, T, D)
  }

  /** BOOL (B, T) → (B, T'). */
  private static Tensor padded(Tensor marks, long missing) {
    return marks.to(Dtype.INT64).pad(0, missing).ne(0);
  }

  /** The least number of tokens that every layer's window divides. */
  private int wholeWindows() {
    return IntStream.range(0, config.layers())
        .map(config::window)
        .reduce(1, (a, b) -> a / gcd(a, b) * b);
  }

  private static int gcd(int a, int b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  @Override
  public int positions() {
    return config.positions() - config.pad() - 1;
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight                 = longformer.embeddings.word_embeddings.weight
      encoder.positions.weight              = longformer.embeddings.position_embeddings.weight
      encoder.segments.weight               = longformer.embeddings.token_type_embeddings.weight
      encoder.norm.*                        = longformer.embeddings.LayerNorm.*
      encoder.layer.*.attention.qkv.*            = longformer.encoder.layer.*.attention.self.{query,key,value}.*
      encoder.layer.*.attention.globalQuery.* = longformer.encoder.layer.*.attention.self.query_global.*
      encoder.layer.*.attention.globalKeyValue.* = longformer.encoder.layer.*.attention.self.{key_global,value_global}.*
      encoder.layer.*.attention.out.* = longformer.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.attentionNorm.*       = longformer.encoder.layer.*.attention.output.LayerNorm.*
      encoder.layer.*.ffn.in.*              = longformer.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*             = longformer.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*             = longformer.encoder.layer.*.output.LayerNorm.*
      -                                     = longformer.embeddings.position_ids
      -                                     = longformer.embeddings.token_type_ids
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
      choice.pooler.dense.* = longformer.pooler.dense.*
      choice.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      Stream.of(
              family(Global.NONE)
                  .plain(
                      "LongformerModel",
                      "pooled.dense.* = longformer.pooler.dense.*\n",
                      longformer ->
                          Map.of(Task.POOLED, new Pooler(longformer.config.d(), Activation.TANH)))
                  .with(
                      "LongformerForMaskedLM",
                      Task.MASKED_LM,
                      MASKED_LM,
                      (longformer, labels) -> longformer.maskedLm())
                  .with(
                      "LongformerForTokenClassification",
                      Task.TOKENS,
                      "tokens.out.* = classifier.*\n",
                      (longformer, labels) ->
                          new TokenHead(
                              longformer.config.d(), labels, longformer.config.dropout())),
              family(Global.FIRST)
                  .with(
                      "LongformerForSequenceClassification",
                      Task.SEQUENCE,
                      SEQUENCE,
                      Longformer::sequence),
              family(Global.QUESTION)
                  .with(
                      "LongformerForQuestionAnswering",
                      Task.SPAN,
                      "span.out.* = qa_outputs.*\n",
                      (longformer, labels) -> TokenHead.span(longformer.config.d(), labels, 0)),
              family(Global.CHOICE)
                  .with(
                      "LongformerForMultipleChoice",
                      Task.CHOICE,
                      CHOICE,
                      (longformer, labels) -> longformer.choice()))
          .flatMap(family -> family.architectures().stream())
          .toList();

  private static TextFamily<Config, Longformer> family(Global global) {
    return new TextFamily<>(
        "longformer", "longformer.", Config.DEFAULT, c -> new Longformer(c, global), BODY);
  }

  private Head maskedLm() {
    Config c = config;
    Embedding output = c.tied() ? tokens : new Embedding(c.vocabulary(), c.d(), c.pad());
    return new MaskedLmHead(c.d(), Activation.GELU, c.eps(), output);
  }

  private Head choice() {
    Head pooler = new Pooler(config.d(), Activation.TANH);
    return new SequenceHead(pooler, config.d(), 1, config.dropout());
  }

  private Head sequence(int labels) {
    double dropout = config.dropout();
    Head pooler = new Pooler(config.d(), config.d(), Activation.TANH, dropout);
    return new SequenceHead(pooler, config.d(), labels, dropout);
  }
}
