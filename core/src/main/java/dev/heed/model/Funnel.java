package dev.heed.model;

import dev.heed.attention.FunnelAttention;
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
import dev.heed.nn.Module;
import dev.heed.nn.OutputHead;
import dev.heed.nn.PairPooling;
import dev.heed.nn.Pooler;
import dev.heed.nn.ReplacedHead;
import dev.heed.nn.SequenceHead;
import dev.heed.nn.Sizes;
import dev.heed.nn.TokenHead;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Funnel-Transformer (Dai et al. 2020): an encoder whose blocks halve the sequence, and a decoder
 * that brings it back to full length.
 *
 * <pre>
 * input    Dropout(LN(E[token]))
 * block    from the second on, its first layer has h' = Pool(h) for queries
 * layer    x ← LN(q + Dropout(Attention(q, kv)));  x ← LN(x + Dropout(FFN(x)))
 * decoder  layers on Repeat(h) + what the first block has made
 * </pre>
 *
 * <p>Differs from {@link Bert} by {@link FunnelAttention}, so that there are no absolute positions,
 * and by {@link PairPooling}. Hugging Face's two {@code attention_type}s are one sum, computed in
 * two ways. B batch, T tokens, T' tokens of a pooled block, D model, V vocabulary, L labels.
 */
public final class Funnel extends Module implements TextEncoder {
  /** The segment of a token that is of all segments. */
  private static final int ANY_SEGMENT = 2;

  /** Sizes and choices; {@link #SMALL} is the paper's B4-4-4H768. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("block_sizes") @Doc("layers of each block") List<Integer> blocks,
      @Key("block_repeats") @Doc("times that a block's layers run; once if it isn't given")
          List<Integer> repeats,
      @Key("num_decoder_layers") @Doc("layers of the decoder") int decoderLayers,
      @Key({"d_model", "hidden_size"}) @Doc("model width D") int d,
      @Key({"n_head", "num_attention_heads"}) @Doc("attention heads") int heads,
      @Key("d_head") @Doc("head size") int headSize,
      @Key("d_inner") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_dropout") @Doc("dropout of keys") double attentionDropout,
      @Key("activation_dropout") @Doc("dropout inside the feed-forward layer") double ffnDropout,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pooling_type") @Doc("what two tokens make: their `mean` or `max`")
          PairPooling.Kind pooling,
      @Key("separate_cls") @Doc("the first token isn't pooled") boolean separateFirst,
      @Key("truncate_seq") @Doc("then the last is left out") boolean truncate,
      @Key("pool_q_only") @Doc("pool queries, and not keys") boolean queriesOnly,
      @Key("pad_token_id") @Doc("the token whose embedding isn't trained") OptionalInt pad,
      @Key("tie_word_embeddings") @Doc("masked LM scores by the token embeddings") boolean tied) {
    public static final Config SMALL =
        new Config(
            30522,
            List.of(4, 4, 4),
            List.of(),
            2,
            768,
            12,
            64,
            3072,
            Activation.GELU_NEW,
            0.1,
            0.1,
            0,
            1e-9,
            PairPooling.Kind.MEAN,
            true,
            true,
            true,
            OptionalInt.empty(),
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.entries("blocks", blocks, blocks.size());
      if (!repeats.isEmpty()) Sizes.entries("repeats", repeats, blocks.size());
      Sizes.divides("the halves of a sinusoid, 2,", 2, "d", d);
      Sizes.positive("heads", heads);
      Sizes.positive("headSize", headSize);
      Sizes.positive("ffn", ffn);
    }

    private int repeats(int block) {
      return repeats.isEmpty() ? 1 : repeats.get(block);
    }
  }

  private final Config config;
  private final PairPooling pooling;
  private final Embedding tokens;
  private final LayerNorm norm;
  private final Dropout dropout;
  private final List<Block> blocks;
  private final List<Layer> decoder;

  /** A model with random weights, on the CPU. */
  public Funnel(Config c) {
    this(c, c.decoderLayers());
  }

  private Funnel(Config c, int decoderLayers) {
    this.config = c;
    this.pooling = new PairPooling(c.pooling(), c.separateFirst(), c.truncate());
    this.tokens = child("tokens", Embedding.padded(c.vocabulary(), c.d(), c.pad()));
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.blocks = children("block", c.blocks().stream().map(size -> new Block(c, size)).toList());
    this.decoder = children("decoder", decoderLayers, i -> new Layer(c));
  }

  private static final class Block extends Module {
    private final List<Layer> layers;

    Block(Config c, int size) {
      layers = children("layer", size, i -> new Layer(c));
    }
  }

  private static final class Layer extends Module {
    private final FunnelAttention attention;
    private final LayerNorm attentionNorm;
    private final FeedForward ffn;
    private final LayerNorm ffnNorm;
    private final Dropout dropout;

    Layer(Config c) {
      attention =
          child(
              "attention",
              new FunnelAttention(c.d(), c.heads(), c.headSize(), c.attentionDropout()));
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), c.ffnDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** Queries (B, T, D) and keys (B, S, D) → (B, T, D). */
    Tensor forward(Tensor queries, Tensor keys, FunnelAttention.Context context) {
      Tensor seen =
          attentionNorm.forward(
              dropout.residual(queries, attention.forward(queries, keys, context)));
      return ffnNorm.forward(dropout.residual(seen, ffn.forward(seen)));
    }
  }

  /**
   * What stands at the places of a block.
   *
   * @param stride tokens from one place to the next
   * @param segments INT64 (B, T')
   * @param real BOOL (B, T')
   */
  private record Places(int stride, Tensor segments, Optional<Tensor> real) {
    long length() {
      return segments.size(1);
    }

    Places pooled(PairPooling pooling) {
      return new Places(2 * stride, pooling.former(segments), real.map(pooling::both));
    }
  }

  /** (B, T) ids → (B, T, D), or (B, T', D) of the last block where there is no decoder. */
  @Override
  public Tensor encode(TextInput input) {
    Places all = new Places(1, input.segmentIds(), input.real());
    Tensor embedded = dropout.forward(norm.forward(tokens.forward(input.ids()))); // (B, T, D)
    List<Tensor> states = new ArrayList<>(List.of(show("hidden_states", embedded)));
    Places places = all;
    for (int i = 0; i < blocks.size(); i++) {
      boolean pools = i > 0 && places.length() > (config.separateFirst() ? 2 : 1);
      Places before = places;
      if (pools) places = before.pooled(pooling);
      run(blocks.get(i), config.repeats(i), before, places, states);
    }
    Tensor last = states.get(states.size() - 1); // (B, T', D)
    if (decoder.isEmpty()) return last;
    Tensor x = lengthened(last, all.length()).add(states.get(config.blocks().get(0))); // (B, T, D)
    FunnelAttention.Context context = context(all, all, x);
    for (Layer layer : decoder) x = layer.forward(show("hidden_states", x), x, context);
    return show("hidden_states", x); // (B, T, D)
  }

  /** Adds the states of a block's layers, each {@code repeats} times after the other. */
  private void run(Block block, int repeats, Places before, Places places, List<Tensor> states) {
    Tensor x = states.get(states.size() - 1);
    FunnelAttention.Context within = context(places, places, x);
    Tensor queries = before == places ? x : pooling.vectors(x);
    Tensor keys = config.queriesOnly() ? x : queries;
    FunnelAttention.Context first =
        config.queriesOnly() && before != places ? context(places, before, x) : within;
    for (Layer layer : block.layers)
      for (int i = 0; i < repeats; i++) {
        x = show("hidden_states", layer.forward(queries, keys, first));
        queries = x;
        keys = x;
        first = within;
        states.add(x);
      }
  }

  /** What lies between queries (T') and keys (S), the stride of whom is the same or half. */
  private FunnelAttention.Context context(Places queries, Places keys, Tensor like) {
    int n = Math.toIntExact(queries.length());
    int s = Math.toIntExact(keys.length());
    int ratio = queries.stride() / keys.stride();
    int apart = config.separateFirst() ? keys.stride() - queries.stride() : 0; // of the first two
    int rows = ratio * (n - 1) + s;
    int half = config.d() / 2;
    double[] waves = new double[Math.multiplyExact(rows, config.d())];
    for (int p = 0; p < rows; p++)
      for (int t = 0; t < half; t++) {
        int distance = apart + keys.stride() * (ratio * (n - 1) - p);
        double angle = distance / Math.pow(10_000, (double) t / half);
        waves[p * config.d() + t] = Math.sin(angle);
        waves[p * config.d() + half + t] = Math.cos(angle);
      }
    long[] index = new long[Math.multiplyExact(n, s)];
    double[] related = new double[index.length];
    for (int i = 0; i < n; i++)
      for (int j = 0; j < s; j++) {
        index[i * s + j] = ratio * (n - 1 - i) + j;
        related[i * s + j] = i == 0 || j == 0 ? 0 : 1;
      }
    return new FunnelAttention.Context(
        Tensor.of(waves, rows, config.d()).to(like.dtype()).to(like.device()),
        Tensor.of(index, n, s).to(like.device()),
        same(queries.segments(), keys.segments()).to(like.dtype()),
        config.separateFirst()
            ? Optional.of(Tensor.of(related, n, s).to(like.dtype()).to(like.device()))
            : Optional.empty(),
        keys.real().map(Mask::padding).orElse(Mask.NONE));
  }

  /** BOOL (B, T', S). */
  private static Tensor same(Tensor queries, Tensor keys) {
    Tensor q = queries.unsqueeze(2); // (B, T', 1)
    Tensor k = keys.unsqueeze(1); // (B, 1, S)
    Tensor any = q.eq(ANY_SEGMENT).logicalOr(k.eq(ANY_SEGMENT));
    return q.sub(k).eq(0).logicalOr(any);
  }

  /** (B, T', D) → (B, T, D): each vector as often as there were tokens for it. */
  private Tensor lengthened(Tensor x, long length) {
    int stride = 1 << (blocks.size() - 1);
    if (stride == 1) return x;
    if (!config.separateFirst()) return x.repeatInterleave(1, stride).narrow(1, 0, length);
    Tensor rest = x.narrow(1, 1, x.size(1) - 1).repeatInterleave(1, stride);
    Tensor whole = config.truncate() ? rest.pad(0, 0, 0, stride - 1) : rest;
    return Tensor.cat(1, List.of(x.narrow(1, 0, 1), whole.narrow(1, 0, length - 1)));
  }

  /** Any number: positions are relative. */
  @Override
  public int positions() {
    return Integer.MAX_VALUE;
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String LAYERS =
      layers("encoder.block.*.layer.*", "funnel.encoder.blocks.*.*")
          + layers("encoder.decoder.*", "funnel.decoder.layers.*");

  private static String layers(String ours, String theirs) {
    return """
        OURS.attention.q.*     = THEIRS.attention.q_head.*
        OURS.attention.k.*     = THEIRS.attention.k_head.*
        OURS.attention.v.*     = THEIRS.attention.v_head.*
        OURS.attention.out.*   = THEIRS.attention.post_proj.*
        OURS.attention.*       = THEIRS.attention.*
        OURS.attentionNorm.*   = THEIRS.attention.layer_norm.*
        OURS.ffn.in.*          = THEIRS.ffn.linear_1.*
        OURS.ffn.out.*         = THEIRS.ffn.linear_2.*
        OURS.ffnNorm.*         = THEIRS.ffn.layer_norm.*
        """
        .replace("OURS", ours)
        .replace("THEIRS", theirs);
  }

  private static final String BODY =
      """
      encoder.tokens.weight = funnel.embeddings.word_embeddings.weight
      encoder.norm.*        = funnel.embeddings.layer_norm.*
      """
          + LAYERS;
  private static final String MASKED_LM =
      """
      maskedLm.bias           = lm_head.bias
      maskedLm.decoder.weight = lm_head.weight
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = classifier.linear_hidden.*
      sequence.out.*          = classifier.linear_out.*
      """;
  private static final String REPLACED =
      """
      replaced.dense.* = discriminator_predictions.dense.*
      replaced.out.*   = discriminator_predictions.dense_prediction.*
      """;

  private static final List<Architecture<Config>> WHOLE =
      new TextFamily<>("funnel", "funnel.", Config.SMALL, Funnel::new, BODY)
          .plain("FunnelModel", "", funnel -> Map.of())
          .with(
              "FunnelForPreTraining",
              Task.REPLACED,
              REPLACED,
              (funnel, labels) -> new ReplacedHead(funnel.config.d(), funnel.config.activation()))
          .with(
              "FunnelForMaskedLM", Task.MASKED_LM, MASKED_LM, (funnel, labels) -> funnel.maskedLm())
          .with(
              "FunnelForTokenClassification",
              Task.TOKENS,
              "tokens.out.* = classifier.*\n",
              (funnel, labels) -> new TokenHead(funnel.config.d(), labels, funnel.config.dropout()))
          .with(
              "FunnelForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (funnel, labels) -> TokenHead.span(funnel.config.d(), labels, 0))
          .architectures();

  private static final List<Architecture<Config>> PYRAMIDS =
      new TextFamily<>("funnel", "funnel.", Config.SMALL, c -> new Funnel(c, 0), BODY)
          .plain("FunnelBaseModel", "", funnel -> Map.of())
          .with("FunnelForSequenceClassification", Task.SEQUENCE, SEQUENCE, Funnel::sequence)
          .with(
              "FunnelForMultipleChoice",
              Task.CHOICE,
              SEQUENCE.replace("sequence.", "choice."),
              (funnel, labels) -> funnel.sequence(1))
          .architectures();

  public static final List<Architecture<Config>> ARCHITECTURES =
      Stream.of(WHOLE, PYRAMIDS).flatMap(List::stream).toList();

  private Head maskedLm() {
    Config c = config;
    return new OutputHead(
        c.tied() ? tokens : new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
  }

  private Head sequence(int labels) {
    return new SequenceHead(
        new Pooler(config.d(), Activation.TANH), config.d(), labels, config.dropout());
  }
}
