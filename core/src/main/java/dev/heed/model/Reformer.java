package dev.heed.model;

import dev.heed.attention.Chunks;
import dev.heed.attention.LocalAttention;
import dev.heed.attention.LshAttention;
import dev.heed.config.Doc;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.config.UserError;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Head;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Pooler;
import dev.heed.nn.SequenceHead;
import dev.heed.nn.Sizes;
import dev.heed.nn.TokenHead;
import dev.heed.position.Axial;
import dev.heed.position.Learned;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.LongFunction;

/**
 * Reformer (Kitaev et al. 2020): an encoder for long texts, whose tokens attend to those near them
 * and to those that hash alike.
 *
 * <pre>
 * input  X₁ = X₂ = Dropout(E[token]) + Dropout(P[position])
 * layer  Y₁ = X₁ + Dropout(Attention(LN(X₂)));  Y₂ = X₂ + Dropout(FFN(LN(Y₁)))
 * output Dropout(LN([Y₁; Y₂]))
 * </pre>
 *
 * <p>Differs from {@link Bert} by two residual streams, pre-norm, attention that is {@link
 * LocalAttention} or {@link LshAttention} by the layer, positions on a grid, and vectors of width
 * 2·D. Inputs could be computed back from outputs (section 3); here they are kept. A text that
 * chunks don't divide is padded for the time being. B batch, T tokens, D model, F feed-forward, V
 * vocabulary, L labels.
 */
public final class Reformer extends Module implements TextEncoder {
  /** Sizes and choices; {@link #DEFAULT} is Hugging Face's. */
  @Fixed({"is_decoder = false", "tie_word_embeddings = false"})
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("attn_layers") @Doc("the attention of each layer, `local` or `lsh`") List<String> layers,
      @Key("num_attention_heads") @Doc("attention heads") int heads,
      @Key("attention_head_size") @Doc("width of a head") int headSize,
      @Key("feed_forward_size") @Doc("feed-forward width F") int ffn,
      @Key("chunk_size_feed_forward")
          @Doc("tokens that the feed-forward layer maps at once; 0: all")
          int ffnChunk,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("classifier_dropout") @Doc("dropout before classes; `dropout` if it isn't given")
          OptionalDouble classifierDropout,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("axial_pos_embds") @Doc("positions on a grid") boolean axial,
      @Key("axial_pos_shape") @Doc("rows and columns of the grid") List<Integer> grid,
      @Key("axial_pos_embds_dim") @Doc("widths of a row's and a column's vector, D together")
          List<Integer> gridSizes,
      @Key("local_attn_chunk_length") @Doc("tokens of a chunk, local") int localChunk,
      @Key("local_num_chunks_before") @Doc("chunks seen before one's own, local") int localBefore,
      @Key("local_num_chunks_after") @Doc("chunks seen after one's own, local") int localAfter,
      @Key("local_attention_probs_dropout_prob") @Doc("dropout of weights, local")
          double localDropout,
      @Key("lsh_attn_chunk_length") @Doc("tokens of a chunk, hashed") int lshChunk,
      @Key("lsh_num_chunks_before") @Doc("chunks seen before one's own, hashed") int lshBefore,
      @Key("lsh_num_chunks_after") @Doc("chunks seen after one's own, hashed") int lshAfter,
      @Key("lsh_attention_probs_dropout_prob") @Doc("dropout of weights, hashed") double lshDropout,
      @Key("num_hashes") @Doc("rounds of hashing") int hashes,
      @Key("num_buckets") @Doc("buckets, or their factors; by the text's length if none")
          List<Integer> buckets,
      @Key("hash_seed") @Doc("of the rotations, which are drawn in each pass without it")
          OptionalInt seed,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("pad_token_id") @Doc("the token that lengthens a text") OptionalInt pad) {
    public static final Config DEFAULT =
        new Config(
            320,
            256,
            List.of("local", "lsh", "local", "lsh", "local", "lsh"),
            12,
            64,
            512,
            0,
            Activation.RELU,
            0.05,
            OptionalDouble.empty(),
            4096,
            true,
            List.of(64, 64),
            List.of(64, 192),
            64,
            1,
            0,
            0.05,
            64,
            1,
            0,
            0,
            1,
            List.of(),
            OptionalInt.empty(),
            1e-12,
            OptionalInt.of(0));

    public Config {
      layers = List.copyOf(layers);
      grid = List.copyOf(grid);
      gridSizes = List.copyOf(gridSizes);
      buckets = List.copyOf(buckets);
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("d", d);
      Sizes.positive("heads", heads);
      Sizes.positive("headSize", headSize);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      if (layers.isEmpty() || !Set.of("local", "lsh").containsAll(layers))
        throw new IllegalArgumentException("attn_layers must be of local and lsh, not " + layers);
      if (ffnChunk < 0)
        throw new IllegalArgumentException("chunk_size_feed_forward can't be " + ffnChunk);
      if (axial && gridSizes.stream().mapToInt(Integer::intValue).sum() != d)
        throw new IllegalArgumentException(
            "axial_pos_embds_dim %s must sum to hidden_size (%d)".formatted(gridSizes, d));
    }

    private Chunks localChunks() {
      return new Chunks(localChunk, localBefore, localAfter);
    }

    private Chunks lshChunks() {
      return new Chunks(lshChunk, lshBefore, lshAfter);
    }

    /** What T must be a multiple of, but for texts of one chunk. */
    private long multiple() {
      long a = layers.contains("local") ? localChunk : lshChunk;
      long b = layers.contains("lsh") ? lshChunk : localChunk;
      long multiple = a;
      while (multiple % b != 0) multiple += a;
      return multiple;
    }

    private int shortestChunk() {
      return Math.min(
          layers.contains("local") ? localChunk : lshChunk,
          layers.contains("lsh") ? lshChunk : localChunk);
    }
  }

  private final Config config;
  private final Embedding tokens;
  private final LongFunction<Tensor> places; // T → (1, T, D)
  private final List<Layer> layers;
  private final LayerNorm norm;
  private final Dropout dropout;

  /** A model with random weights, on the CPU. */
  public Reformer(Config c) {
    this.config = c;
    this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
    this.places = c.axial() ? axial(c) : learned(c);
    this.layers = children("layer", c.layers().size(), i -> new Layer(c, c.layers().get(i)));
    this.norm = child("norm", new LayerNorm(2 * c.d(), c.eps()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
  }

  private LongFunction<Tensor> axial(Config c) {
    return child("axial", new Axial(c.grid(), c.gridSizes()))::forward;
  }

  private LongFunction<Tensor> learned(Config c) {
    Learned learned = child("learned", new Learned(c.positions(), c.d()));
    return length ->
        learned.forward(Tensor.arange(length, tokens.weight().device()).unsqueeze(0), length);
  }

  /** Attention of either kind; only one that hashes takes rotations. */
  private interface Attention {
    Tensor forward(Tensor x, Optional<Tensor> real, Optional<Tensor> rotations);
  }

  private record Streams(Tensor first, Tensor second) {}

  private static final class Layer extends Module {
    private final LayerNorm attentionNorm;
    private final Attention attention;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;
    private final int chunk;

    Layer(Config c, String kind) {
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      attention = kind.equals("lsh") ? lsh(c) : local(c);
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), c.dropout()));
      dropout = child("dropout", new Dropout(c.dropout()));
      chunk = c.ffnChunk();
    }

    private Attention local(Config c) {
      LocalAttention local =
          child(
              "local",
              new LocalAttention(
                  c.d(), c.heads(), c.headSize(), c.localChunks(), c.localDropout()));
      return (x, real, rotations) -> local.forward(x, real);
    }

    private Attention lsh(Config c) {
      return child(
              "lsh",
              new LshAttention(
                  c.d(),
                  c.heads(),
                  c.headSize(),
                  c.positions(),
                  c.lshChunks(),
                  new LshAttention.Hashing(c.hashes(), c.buckets(), c.seed()),
                  c.lshDropout()))
          ::forward;
    }

    /** X₁ and X₂ (B, T, D) → Y₁ and Y₂. */
    Streams forward(Streams x, Optional<Tensor> real, Optional<Tensor> rotations) {
      Tensor attended = attention.forward(attentionNorm.forward(x.second()), real, rotations);
      Tensor first = dropout.residual(x.first(), attended);
      return new Streams(first, dropout.residual(x.second(), mapped(first)));
    }

    /** FFN(LN(x)) of so many tokens at once (section 3), (B, T, D). */
    private Tensor mapped(Tensor x) {
      if (chunk == 0) return ffn.forward(ffnNorm.forward(x));
      List<Tensor> parts = new ArrayList<>();
      for (long start = 0; start < x.size(1); start += chunk) {
        Tensor part = x.narrow(1, start, Math.min(chunk, x.size(1) - start));
        parts.add(ffn.forward(ffnNorm.forward(part)));
      }
      return Tensor.cat(1, parts);
    }
  }

  /** (B, T) ids → (B, T, 2·D). */
  @Override
  public Tensor encode(TextInput input) {
    return encode(input, Map.of());
  }

  /**
   * (B, T) ids → (B, T, 2·D).
   *
   * @param rotations that layers of these numbers hash by, as {@link LshAttention#forward} takes
   *     them; the others draw theirs
   * @throws UserError if T is more than {@link #positions}
   */
  public Tensor encode(TextInput input, Map<Integer, Tensor> rotations) {
    TextInput text = lengthened(input);
    if (text.length() > positions())
      throw new UserError(
          "a sequence of %d tokens, in whole chunks, is longer than the model's %d positions"
              .formatted(text.length(), positions()));
    Tensor embedded = dropout.forward(tokens.forward(text.ids())); // (B, T, D)
    Tensor x = embedded.add(dropout.forward(places.apply(text.length()))); // (B, T, D)
    Streams streams = new Streams(x, x);
    for (int i = 0; i < layers.size(); i++) {
      show("hidden_states", streams.second());
      streams = layers.get(i).forward(streams, text.real(), Optional.ofNullable(rotations.get(i)));
    }
    show("hidden_states", streams.second());
    Tensor both = Tensor.cat(2, List.of(streams.first(), streams.second())); // (B, T, 2·D)
    return dropout.forward(norm.forward(both)).narrow(1, 0, input.length());
  }

  /** With padding to whole chunks, if there is more than one. */
  private TextInput lengthened(TextInput input) {
    long length = input.length();
    long multiple = config.multiple();
    if (length % multiple == 0 || length <= config.shortestChunk()) return input;
    long batch = input.ids().size(0);
    long more = multiple - length % multiple;
    Tensor pad = Tensor.full(config.pad().orElse(0), Dtype.INT64, input.device(), batch, more);
    Tensor real =
        input.real().orElseGet(() -> Tensor.full(1, Dtype.BOOL, input.device(), batch, length));
    Tensor none = Tensor.zeros(Dtype.BOOL, input.device(), batch, more);
    return new TextInput(
        Tensor.cat(1, List.of(input.ids(), pad)),
        Optional.of(Tensor.cat(1, List.of(real, none))),
        Optional.empty());
  }

  @Override
  public int positions() {
    return config.axial()
        ? Math.min(config.positions(), config.grid().get(0) * config.grid().get(1))
        : config.positions();
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.tokens.weight         = reformer.embeddings.word_embeddings.weight
      encoder.axial.rows            = reformer.embeddings.position_embeddings.weights.0
      encoder.axial.columns         = reformer.embeddings.position_embeddings.weights.1
      encoder.learned.weight        = reformer.embeddings.position_embeddings.embedding.weight
      encoder.layer.*.attentionNorm.* = reformer.encoder.layers.*.attention.layer_norm.*
      encoder.layer.*.local.qkv.*   = reformer.encoder.layers.*.attention.self_attention.{query,key,value}.*
      encoder.layer.*.lsh.maps.*    = reformer.encoder.layers.*.attention.self_attention.{query_key,value}.*
      encoder.layer.*.local.out.*   = reformer.encoder.layers.*.attention.output.dense.*
      encoder.layer.*.lsh.out.*     = reformer.encoder.layers.*.attention.output.dense.*
      encoder.layer.*.ffnNorm.*     = reformer.encoder.layers.*.feed_forward.layer_norm.*
      encoder.layer.*.ffn.in.*      = reformer.encoder.layers.*.feed_forward.dense.dense.*
      encoder.layer.*.ffn.out.*     = reformer.encoder.layers.*.feed_forward.output.dense.*
      encoder.norm.*                = reformer.encoder.layer_norm.*
      """;
  private static final String MASKED_LM =
      """
      maskedLm.bias           = lm_head.bias
      maskedLm.decoder.weight = lm_head.decoder.weight
      """;
  private static final String SEQUENCE =
      """
      sequence.pooler.dense.* = classifier.dense.*
      sequence.out.*          = classifier.out_proj.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      new TextFamily<>("reformer", "reformer.", Config.DEFAULT, Reformer::new, BODY)
          .plain("ReformerModel", "", reformer -> Map.of())
          .with(
              "ReformerForMaskedLM",
              Task.MASKED_LM,
              MASKED_LM,
              (reformer, labels) -> new Output(reformer.config))
          .with("ReformerForSequenceClassification", Task.SEQUENCE, SEQUENCE, Reformer::sequence)
          .with(
              "ReformerForQuestionAnswering",
              Task.SPAN,
              "span.out.* = qa_outputs.*\n",
              (reformer, labels) -> TokenHead.span(2 * reformer.config.d(), labels, 0))
          .architectures();

  /** h Wᵀ. Hugging Face's head has a bias too, stores it, and doesn't add it. */
  private static final class Output extends Head {
    private final Linear decoder;

    Output(Config c) {
      decoder = child("decoder", new Linear(2L * c.d(), c.vocabulary(), false));
      buffer("bias", Init.zeros(c.vocabulary()));
    }

    /** (B, T, 2·D) → (B, T, V). */
    @Override
    public Tensor forward(Tensor hidden) {
      return decoder.forward(hidden);
    }
  }

  private Head sequence(int labels) {
    double dropout = config.classifierDropout().orElse(config.dropout());
    Head pooler = new Pooler(2 * config.d(), config.d(), Activation.TANH, dropout);
    return new SequenceHead(pooler, config.d(), labels, dropout);
  }
}
