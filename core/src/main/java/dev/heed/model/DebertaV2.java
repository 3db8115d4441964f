package dev.heed.model;

import dev.heed.attention.Disentangled;
import dev.heed.attention.Disentangled.Places;
import dev.heed.attention.Disentangled.Terms;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.Convolution;
import dev.heed.nn.Convolution.Window;
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
import dev.heed.position.LogBuckets;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * DeBERTa version 2 and 3 (He et al. 2021; He, Gao and Chen 2023): BERT that attends by content and
 * by relative place, each with vectors of its own.
 *
 * <pre>
 * input  Dropout(LN((E[token] + P[position] + S[segment]) W)), 0 at padding; P, S and W if they are
 * layer  x ← LN(x + Dropout(DisentangledAttention(x, LN(R))));  x ← LN(x + Dropout(FFN(x)))
 *        after the first layer, with a convolution:  x ← LN(x + act(Dropout(Conv(input))))
 * </pre>
 *
 * <p>Differs from {@link Bert} by {@link Disentangled} attention to places R that all layers share,
 * by the convolution, and by a pooler that belongs to the head of classes. B batch, T tokens, D
 * model, F feed-forward, V vocabulary, L labels.
 */
public final class DebertaV2 extends Module implements TextEncoder {
  /** Sizes and choices; {@link #DEFAULT} is what Hugging Face takes keys that are missing for. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("embedding_size") @Doc("width of the embeddings; `d` if it isn't given")
          OptionalInt embedding,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("position_biased_input") @Doc("add positions to the embeddings") boolean placed,
      @Key("type_vocab_size") @Doc("segments told apart; 0 for none") int segments,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied,
      @Key("legacy") @Doc("masked LM as in version 2's release, not in its paper") boolean legacy,
      @Doc("attention to relative places") Relative relative,
      @Doc("the convolution after the first layer") Local local,
      @Doc("the head of classes") Pooling pooling) {
    public static final Config DEFAULT =
        new Config(
            128100,
            OptionalInt.empty(),
            1536,
            24,
            24,
            6144,
            Activation.GELU,
            0.1,
            0.1,
            512,
            true,
            0,
            1e-7,
            OptionalInt.of(0),
            true,
            true,
            new Relative(false, -1, -1, List.of(), false, "none"),
            new Local(0, 1, Activation.TANH),
            new Pooling(OptionalInt.empty(), 0, Activation.GELU, OptionalDouble.empty()));

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      Sizes.divides("heads", heads, "d", d);
      if (pooling.size().orElse(d) != d)
        throw new IllegalArgumentException(
            "pooler_hidden_size (%d) must be hidden_size (%d)"
                .formatted(pooling.size().getAsInt(), d));
    }

    private int furthest() {
      return relative.furthest() < 1 ? positions : relative.furthest();
    }
  }

  /** How places enter scores. */
  public record Relative(
      @Key("relative_attention") @Doc("attend to relative places") boolean on,
      @Key("max_relative_positions") @Doc("furthest place; below 1 for the longest text")
          int furthest,
      @Key("position_buckets") @Doc("buckets on either side; below 1 for one a place") int buckets,
      @Key("pos_att_type") @Doc("`c2p`: content to place, `p2c`: place to content")
          List<String> terms,
      @Key("share_att_key") @Doc("project places as content is") boolean shared,
      @Key("norm_rel_ebd") @Doc("`layer_norm` or `none`, for the vectors of places") String norm) {
    public Relative {
      for (String term : terms)
        if (!term.strip().matches("(?i)c2p|p2c"))
          throw new IllegalArgumentException(
              "pos_att_type has \"%s\": known are c2p and p2c".formatted(term));
      if (!Arrays.stream(norm.split("\\|")).allMatch(n -> n.strip().matches("(?i)layer_norm|none")))
        throw new IllegalArgumentException(
            "norm_rel_ebd is \"%s\": known are layer_norm and none".formatted(norm));
      if (buckets > 0 && buckets < 4)
        throw new IllegalArgumentException("position_buckets must be below 1 or above 3");
    }

    private Terms attention() {
      return new Terms(has("c2p"), has("p2c"), shared);
    }

    private boolean has(String term) {
      return terms.stream().anyMatch(given -> given.strip().equalsIgnoreCase(term));
    }
  }

  /** The convolution. */
  public record Local(
      @Key("conv_kernel_size") @Doc("tokens it sees, an odd number; 0 for none") int size,
      @Key("conv_groups") @Doc("groups of its channels") int groups,
      @Key("conv_act") @Doc("its nonlinearity") Activation activation) {
    public Local {
      if (size > 0 && size % 2 == 0)
        throw new IllegalArgumentException("conv_kernel_size (%d) must be odd".formatted(size));
    }
  }

  /** The vector of a text that classes are told from. */
  public record Pooling(
      @Key("pooler_hidden_size") @Doc("its width, which is `d`") OptionalInt size,
      @Key("pooler_dropout") @Doc("dropout of the first token's vector") double dropout,
      @Key("pooler_hidden_act") @Doc("its nonlinearity") Activation activation,
      @Key("cls_dropout") @Doc("dropout before classes; `dropout` if it isn't given")
          OptionalDouble classDropout) {}

  private final Config config;
  private final Embedding tokens;
  private final Optional<Learned> positions;
  private final Optional<Embedding> segments;
  private final Optional<Linear> widen;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final Optional<Embedding> places;
  private final Optional<LayerNorm> placeNorm;
  private final Optional<Neighbours> neighbours;
  private final List<Layer> layers;

  /** A model with random weights, on the CPU. */
  public DebertaV2(Config c) {
    this.config = c;
    int width = c.embedding().orElse(c.d());
    int span = LogBuckets.span(c.relative().buckets(), c.furthest());
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), width, c.pad()));
    this.positions = when(c.placed(), () -> child("positions", new Learned(c.positions(), width)));
    this.segments =
        when(
            c.segments() > 0,
            () -> child("segments", new Embedding(c.segments(), width, Embedding.NO_PADDING)));
    this.widen = when(width != c.d(), () -> child("widen", new Linear(width, c.d(), false)));
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.places =
        when(
            c.relative().on(),
            () -> child("places", new Embedding(2L * span, c.d(), Embedding.NO_PADDING)));
    boolean normed = c.relative().norm().toLowerCase(Locale.ROOT).contains("layer_norm");
    this.placeNorm = when(normed, () -> child("placeNorm", new LayerNorm(c.d(), c.eps())));
    this.neighbours = when(c.local().size() > 0, () -> child("neighbours", new Neighbours(c)));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
  }

  private static <T> Optional<T> when(boolean wanted, Supplier<T> make) {
    return wanted ? Optional.of(make.get()) : Optional.empty();
  }

  private static final class Layer extends Module {
    private final Disentangled attention;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c) {
      attention =
          child(
              "attention",
              new Disentangled(
                  c.d(),
                  c.heads(),
                  c.relative().attention(),
                  c.relative().on(),
                  c.attentionDropout(),
                  c.dropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Optional<Places> places, Mask mask) {
      Tensor seen = attentionNorm.forward(dropout.residual(x, attention.forward(x, places, mask)));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  /** What a token's neighbours say before they have been attended to. */
  private static final class Neighbours extends Module {
    private final Convolution convolution;
    private final Activation activation;
    private final LayerNorm norm;
    private final Dropout dropout;

    Neighbours(Config c) {
      int size = c.local().size();
      Window window = Window.line(size, 1, size / 2).groups(c.local().groups());
      convolution = child("convolution", new Convolution(c.d(), c.d(), window, true));
      activation = c.local().activation();
      norm = child("norm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** Embeddings and the first layer's output, both (B, T, D) → (B, T, D), 0 at padding. */
    Tensor forward(Tensor embedded, Tensor x, TextInput input) {
      Tensor seen = convolution.forward(embedded.transpose(1, 2)).transpose(1, 2); // (B, T, D)
      Tensor active = activation.forward(dropout.forward(unpadded(seen, input)));
      return unpadded(norm.forward(x.add(active)), input);
    }
  }

  @Override
  public Tensor encode(TextInput input) {
    Tensor embedded = dropout.forward(unpadded(norm.forward(embed(input)), input)); // (B, T, D)
    Optional<Places> relative = places.map(vectors -> places(vectors.weight(), input));
    Mask mask = input.real().map(DebertaV2::pairs).orElse(Mask.NONE);
    Tensor x = show("hidden_states", embedded);
    for (int i = 0; i < layers.size(); i++) {
      Tensor next = layers.get(i).forward(x, relative, mask); // (B, T, D)
      boolean local = i == 0 && neighbours.isPresent();
      x = show("hidden_states", local ? neighbours.get().forward(embedded, next, input) : next);
    }
    return x; // (B, T, D)
  }

  /** (B, T, D), before the norm. */
  private Tensor embed(TextInput input) {
    Tensor sum = tokens.forward(input.ids()); // (B, T, De)
    if (positions.isPresent())
      sum = sum.add(positions.get().forward(input.positions(), input.length()));
    if (segments.isPresent()) sum = sum.add(segments.get().forward(input.segmentIds()));
    return widen.isPresent() ? widen.get().forward(sum) : sum;
  }

  private Places places(Tensor vectors, TextInput input) {
    int buckets = config.relative().buckets();
    return new Places(
        placeNorm.map(n -> n.forward(vectors)).orElse(vectors),
        LogBuckets.of((int) input.length(), buckets, config.furthest(), input.device()));
  }

  /**
   * Real tokens attend to real ones. Padding attends to everything alike: the loss of answers'
   * places has scores at padding in its denominator, and Hugging Face's are these.
   */
  private static Mask pairs(Tensor real) {
    Tensor both = real.unsqueeze(2).logicalAnd(real.unsqueeze(1)); // (B, T, T)
    return Mask.ofFullRows(both.unsqueeze(1)); // (B, 1, T, T)
  }

  private static Tensor unpadded(Tensor x, TextInput input) {
    return input.real().map(real -> x.mul(real.unsqueeze(2).to(x.dtype()))).orElse(x);
  }

  @Override
  public int positions() {
    return config.positions();
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight                  = deberta.embeddings.word_embeddings.weight
      encoder.positions.weight               = deberta.embeddings.position_embeddings.weight
      encoder.segments.weight                = deberta.embeddings.token_type_embeddings.weight
      encoder.widen.weight                   = deberta.embeddings.embed_proj.weight
      encoder.norm.*                         = deberta.embeddings.LayerNorm.*
      encoder.places.weight                  = deberta.encoder.rel_embeddings.weight
      encoder.placeNorm.*                    = deberta.encoder.LayerNorm.*
      encoder.neighbours.convolution.*       = deberta.encoder.conv.conv.*
      encoder.neighbours.norm.*              = deberta.encoder.conv.LayerNorm.*
      encoder.layer.*.attention.qkv.*        = deberta.encoder.layer.*.attention.self.{query,key,value}_proj.*
      encoder.layer.*.attention.placeKey.*   = deberta.encoder.layer.*.attention.self.pos_key_proj.*
      encoder.layer.*.attention.placeQuery.* = deberta.encoder.layer.*.attention.self.pos_query_proj.*
      encoder.layer.*.attention.out.*        = deberta.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.attentionNorm.*        = deberta.encoder.layer.*.attention.output.LayerNorm.*
      encoder.layer.*.ffn.in.*               = deberta.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*              = deberta.encoder.layer.*.output.dense.*
      encoder.layer.*.ffnNorm.*              = deberta.encoder.layer.*.output.LayerNorm.*
      -                                      = deberta.embeddings.position_ids
      -                                      = mask_predictions.*.*
      """;
  private static final String MASKED_LM =
      """
      maskedLm.dense.*        = cls.predictions.transform.dense.*
      maskedLm.norm.*         = cls.predictions.transform.LayerNorm.*
      maskedLm.bias           = cls.predictions.bias | cls.predictions.decoder.bias
      maskedLm.decoder.weight = cls.predictions.decoder.weight
      maskedLm.lm.dense.*     = lm_predictions.lm_head.dense.*
      maskedLm.lm.norm.*      = lm_predictions.lm_head.LayerNorm.*
      maskedLm.lm.bias        = lm_predictions.lm_head.bias
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = pooler.dense.*
      sequence.out.*          = classifier.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("deberta-v2", "deberta.", Config.DEFAULT, DebertaV2::new, BODY)
          .plain("DebertaV2Model", "", deberta -> Map.of())
          .with(
              "DebertaV2ForMaskedLM",
              Task.MASKED_LM,
              MASKED_LM,
              (deberta, labels) -> deberta.maskedLm())
          .with("DebertaV2ForSequenceClassification", Task.SEQUENCE, SEQUENCE, DebertaV2::sequence)
          .with(
              "DebertaV2ForMultipleChoice",
              Task.CHOICE,
              SEQUENCE.replace("sequence.", "choice."),
              (deberta, labels) -> deberta.sequence(1))
          .with(
              "DebertaV2ForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (deberta, labels) ->
                  new TokenHead(deberta.config.d(), labels, deberta.config.dropout()))
          .with(
              "DebertaV2ForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (deberta, labels) -> TokenHead.span(deberta.config.d(), labels, 0))
          .architectures();

  /** The head of the paper's models, which is stored apart from version 2's. */
  private static final class PaperLm extends Head {
    private final Head lm;

    PaperLm(Head lm) {
      this.lm = child("lm", lm);
    }

    /** (B, T, D) → (B, T, V). */
    @Override
    public Tensor forward(Tensor hidden) {
      return lm.forward(hidden); // (B, T, V)
    }
  }

  private Head maskedLm() {
    Config c = config;
    int width = c.embedding().orElse(c.d());
    boolean shared = c.tied() || !c.legacy();
    Embedding output = shared ? tokens : Embedding.padded(c.vocabulary(), width, c.pad());
    Head head = new MaskedLmHead(c.d(), c.activation(), c.eps(), output);
    return c.legacy() ? head : new PaperLm(head);
  }

  private Head sequence(int labels) {
    Pooling pooling = config.pooling();
    Head pooler = new Pooler(config.d(), config.d(), pooling.activation(), pooling.dropout());
    double dropout = pooling.classDropout().orElse(config.dropout());
    return new SequenceHead(pooler, config.d(), labels, dropout);
  }
}
