package dev.heed.model;

import dev.heed.attention.TwoStream;
import dev.heed.attention.TwoStream.Context;
import dev.heed.attention.TwoStream.Streams;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.ConditionalSpanHead;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Head;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.OutputHead;
import dev.heed.nn.SequenceHead;
import dev.heed.nn.Sizes;
import dev.heed.nn.Summary;
import dev.heed.nn.TokenHead;
import dev.heed.position.Distances;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * XLNet (Yang et al. 2019): Transformer-XL that predicts tokens in any order.
 *
 * <pre>
 * content  h = Dropout(E[token]);  query  g = Dropout(w) at each target
 * layer    h ← LN(h + Dropout(RelAttention(h, [memory; h], sees itself)))
 *          g ← LN(g + Dropout(RelAttention(g, [memory; h], doesn't see itself)))
 *          either ← LN(x + Dropout(W₂ Dropout(act(W₁ x))))
 * </pre>
 *
 * <p>Differs from {@link Bert} by relative positions alone ({@link TwoStream}), segments that only
 * tell whether two tokens share one, memories of the texts before, and, for pre-training, an order
 * in which tokens are predicted. B batch, T tokens, M memory, G targets, D model, V vocabulary.
 */
public final class Xlnet extends Module implements TextEncoder {
  /** Whether tokens see those after them. */
  public enum Direction {
    /** As XLNet. */
    BI,
    /** As Transformer-XL (Dai et al. 2019). */
    UNI
  }

  /** Sizes and choices; {@link #LARGE} is the paper's. */
  @Fixed("bi_data = false")
  public record Config(
      @Key({"vocab_size", "n_token"}) @Doc("tokens V") int vocabulary,
      @Key({"d_model", "hidden_size"}) @Doc("model width D") int d,
      @Key({"n_layer", "num_hidden_layers"}) @Doc("layers") int layers,
      @Key({"n_head", "num_attention_heads"}) @Doc("attention heads; must divide `d`") int heads,
      @Key("d_head") @Doc("head size; `d` / `heads` if it isn't given") OptionalInt headSize,
      @Key("d_inner") @Doc("feed-forward width F") int ffn,
      @Key("ff_activation") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("dropout") @Doc("dropout of everything") double dropout,
      @Key("attn_type") @Doc("`bi`, or `uni` to see only what is before") Direction direction,
      @Key("same_length") @Doc("with `uni`: see as many tokens from everywhere") boolean sameLength,
      @Key("clamp_len") @Doc("furthest distance told apart; below 1 for no limit") int furthest,
      @Key("mem_len") @Doc("tokens remembered; all if it isn't given") OptionalInt memory,
      @Key("reuse_len") @Doc("tokens of a text to remember, from its start; all if it isn't given")
          OptionalInt reuse,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Doc("the vector of a text") Summary.Config summary,
      @Key("tie_word_embeddings") @Doc("score by the token embeddings") boolean tied,
      @Doc("how answers are searched") ConditionalSpanHead.Search search) {
    public static final Config LARGE =
        new Config(
            32000,
            1024,
            24,
            16,
            OptionalInt.empty(),
            4096,
            Activation.GELU,
            0.1,
            Direction.BI,
            false,
            -1,
            OptionalInt.of(512),
            OptionalInt.empty(),
            1e-12,
            new Summary.Config(Summary.Which.LAST, true, Activation.TANH, 0.1),
            true,
            ConditionalSpanHead.Search.DEFAULT);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.divides("heads", heads, "d", d);
      if (headSize.orElse(d / heads) != d / heads)
        throw new IllegalArgumentException(
            "d_head (%d) must be d_model / n_head (%d)".formatted(headSize.getAsInt(), d / heads));
    }
  }

  /**
   * What the model reads in pre-training and of long texts.
   *
   * @param text ids, padding and segments; without segments, all tokens are of one
   * @param hidden BOOL (B, T, T): true where token i may not see token j; itself it always sees
   * @param targets (B, G, T): 1 at the place of each of G predicted tokens, which see themselves no
   *     more than {@code hidden} lets them; empty to predict nothing
   * @param memories {@link Reading#memories} of the texts before, or none
   */
  public record Input(
      TextInput text, Optional<Tensor> hidden, Optional<Tensor> targets, List<Tensor> memories) {}

  /**
   * What it made of them.
   *
   * @param vectors (B, T, D), or (B, G, D) of the targets
   * @param memories (B, M, D) for each layer, without gradient
   */
  public record Reading(Tensor vectors, List<Tensor> memories) {}

  private final Config config;
  private final Embedding tokens;
  private final Tensor target; // (1, 1, D)
  private final Dropout dropout;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public Xlnet(Config c) {
    this.config = c;
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.target = parameter("target", Init.normal(0.02, 1, 1, c.d()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
  }

  private static final class Layer extends Module {
    private final TwoStream attention;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c) {
      attention = child("attention", new TwoStream(c.d(), c.heads(), c.dropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), c.dropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) and (B, G, D) → the same. */
    Streams forward(Streams x, Optional<Tensor> memory, Context context) {
      Streams attended = attention.forward(x, memory, context);
      return new Streams(
          finish(x.content(), attended.content()),
          x.query().map(query -> finish(query, attended.query().orElseThrow())));
    }

    private Tensor finish(Tensor x, Tensor attended) {
      Tensor seen = attentionNorm.forward(dropout.residual(x, attended));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  @Override
  public Tensor encode(TextInput input) {
    return read(new Input(input, Optional.empty(), Optional.empty(), List.of())).vectors();
  }

  /** Reads a text after those that it remembers. */
  public Reading read(Input input) {
    Tensor content = dropout.forward(tokens.forward(input.text().ids())); // (B, T, D)
    long batch = content.size(0);
    Streams x =
        new Streams(
            content,
            input
                .targets()
                .map(
                    t ->
                        dropout.forward(target.expand(batch, t.size(1), config.d())))); // (B, G, D)
    Context context = context(input, content);
    List<Tensor> memories = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Optional<Tensor> memory =
          input.memories().isEmpty() ? Optional.empty() : Optional.of(input.memories().get(i));
      memories.add(remember(x.content(), memory));
      x = layers.get(i).forward(show(x), memory, context);
    }
    show(x);
    return new Reading(dropout.forward(x.query().orElse(x.content())), memories);
  }

  private Streams show(Streams x) {
    show("hidden_states", x.content());
    x.query().ifPresent(query -> show("hidden_states", query));
    return x;
  }

  /** The newest of what was remembered and is now read, (B, M, D). */
  private Tensor remember(Tensor x, Optional<Tensor> before) {
    Tensor read =
        config.reuse().orElse(0) > 0
            ? x.narrow(1, 0, Math.min(config.reuse().getAsInt(), x.size(1)))
            : x;
    Tensor all = before.map(memory -> Tensor.cat(1, List.of(memory, read))).orElse(read);
    long kept =
        config.memory().orElse(0) > 0
            ? Math.min(config.memory().getAsInt(), all.size(1))
            : all.size(1);
    return all.narrow(1, all.size(1) - kept, kept).detach();
  }

  // ---- who sees whom ----------------------------------------------------------------------------

  private Context context(Input input, Tensor content) {
    TextInput text = input.text();
    int length = (int) text.length();
    int remembered = input.memories().isEmpty() ? 0 : (int) input.memories().get(0).size(1);
    int all = remembered + length;
    Tensor distances =
        Distances.of(all, 1 - length, config.furthest(), config.d(), text.device()); // (P, D)
    Optional<Tensor> allowed = allowed(input, length, remembered);
    Optional<Tensor> othersAndSelf =
        allowed.map(
            pairs -> pairs.logicalOr(pairs(length, all, (i, j) -> j == i + remembered, text)));
    return new Context(
        dropout.forward(distances.to(content.dtype())),
        text.segments().map(ids -> differ(ids, remembered).to(content.dtype())),
        othersAndSelf.map(Mask::ofFullRows).orElse(Mask.NONE),
        allowed.map(Mask::ofFullRows).orElse(Mask.NONE),
        input.targets());
  }

  /** BOOL (B or 1, 1, T, M + T), empty if everyone sees everyone. */
  private Optional<Tensor> allowed(Input input, int length, int remembered) {
    TextInput text = input.text();
    int all = remembered + length;
    Optional<Tensor> given =
        Stream.of(
                text.real().map(real -> real.unsqueeze(1)), // (B, 1, T)
                input.hidden().map(Tensor::logicalNot)) // (B, T, T)
            .flatMap(Optional::stream)
            .reduce(Tensor::logicalAnd)
            .map(pairs -> remembering(pairs.expand(pairs.size(0), length, length), remembered));
    if (config.direction() == Direction.BI) return given;
    Tensor past =
        pairs(
            length,
            all,
            (i, j) -> j <= i + remembered && !(config.sameLength() && j < Math.min(i, length)),
            text);
    return Optional.of(given.map(past::logicalAnd).orElse(past));
  }

  /** (B, T, T) → (B, 1, T, M + T): the memory is seen by all. */
  private static Tensor remembering(Tensor pairs, int remembered) {
    Tensor memory =
        Tensor.full(1, Dtype.BOOL, pairs.device(), pairs.size(0), pairs.size(1), remembered);
    return Tensor.cat(2, List.of(memory, pairs)).unsqueeze(1);
  }

  private interface Pairs {
    boolean see(int query, int key);
  }

  /** BOOL (1, 1, T, S). */
  private static Tensor pairs(int queries, int keys, Pairs pairs, TextInput text) {
    boolean[] table = new boolean[Math.multiplyExact(queries, keys)];
    for (int i = 0; i < queries; i++)
      for (int j = 0; j < keys; j++) table[i * keys + j] = pairs.see(i, j);
    return Tensor.of(table, 1, 1, queries, keys).to(text.device());
  }

  /** BOOL (B, T, M + T): whether two tokens are of different segments; a memory is of the first. */
  private static Tensor differ(Tensor segments, int remembered) {
    Tensor before =
        Tensor.zeros(Dtype.INT64, segments.device(), segments.size(0), remembered); // (B, M)
    Tensor keys = Tensor.cat(1, List.of(before, segments)).unsqueeze(1); // (B, 1, M + T)
    return segments.unsqueeze(2).sub(keys).ne(0);
  }

  /** Any number: positions are relative. */
  @Override
  public int positions() {
    return Integer.MAX_VALUE;
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight           = transformer.word_embedding.weight
      encoder.target                  = transformer.mask_emb
      encoder.layer.*.attention.*     = transformer.layer.*.rel_attn.*
      encoder.layer.*.attentionNorm.* = transformer.layer.*.rel_attn.layer_norm.*
      encoder.layer.*.ffn.in.*        = transformer.layer.*.ff.layer_1.*
      encoder.layer.*.ffn.out.*       = transformer.layer.*.ff.layer_2.*
      encoder.layer.*.ffnNorm.*       = transformer.layer.*.ff.layer_norm.*
      """;
  private static final String LM =
      """
      maskedLm.bias           = lm_loss.bias
      maskedLm.decoder.weight = lm_loss.weight
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = sequence_summary.summary.*
      sequence.out.*          = logits_proj.*
      """;

  private static final String CONDITIONAL_SPAN =
      """
      conditionalSpan.start.*        = start_logits.dense.*
      conditionalSpan.endIn.*        = end_logits.dense_0.*
      conditionalSpan.endNorm.*      = end_logits.LayerNorm.*
      conditionalSpan.endOut.*       = end_logits.dense_1.*
      conditionalSpan.noneIn.*       = answer_class.dense_0.*
      conditionalSpan.noneOut.weight = answer_class.dense_1.weight
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("xlnet", "transformer.", Config.LARGE, Xlnet::new, BODY)
          .plain("XLNetModel", "", xlnet -> Map.of())
          .with("XLNetLMHeadModel", Task.MASKED_LM, LM, (xlnet, labels) -> xlnet.output())
          .with("XLNetForSequenceClassification", Task.SEQUENCE, SEQUENCE, Xlnet::sequence)
          .with(
              "XLNetForMultipleChoice",
              Task.CHOICE,
              SEQUENCE.replace("sequence.", "choice."),
              (xlnet, labels) -> xlnet.sequence(1))
          .with(
              "XLNetForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (xlnet, labels) -> new TokenHead(xlnet.config.d(), labels, 0))
          .with(
              "XLNetForQuestionAnsweringSimple",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (xlnet, labels) -> TokenHead.span(xlnet.config.d(), labels, 0))
          .with(
              "XLNetForQuestionAnswering",
              Task.CONDITIONAL_SPAN,
              CONDITIONAL_SPAN,
              (xlnet, labels) ->
                  new ConditionalSpanHead(
                      xlnet.config.d(), xlnet.config.eps(), xlnet.config.search()))
          .architectures();

  private Head output() {
    return new OutputHead(
        config.tied()
            ? tokens
            : new Embedding(config.vocabulary(), config.d(), Embedding.NO_PADDING));
  }

  private Head sequence(int labels) {
    Summary.Config summary = config.summary();
    return new SequenceHead(
        new Summary(config.d(), summary), config.d(), labels, summary.dropout());
  }
}
