package dev.heed.model;

import dev.heed.attention.CrossAttention;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.Dropout;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Linear;
import dev.heed.nn.MixtureOfExperts;
import dev.heed.nn.Module;
import dev.heed.nn.RmsNorm;
import dev.heed.nn.Routing;
import dev.heed.nn.Sizes;
import dev.heed.position.RelativeBias;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Switch Transformers (Fedus, Zoph and Shazeer 2022): T5 in which some feed-forward layers are
 * many, of which each token takes one.
 *
 * <pre>
 * input          Dropout(E[token])
 * encoder layer  x ← x + Dropout(SelfAttention(RMS(x)));    x ← x + Dropout(FFN(RMS(x)))
 * decoder layer  x ← x + Dropout(CausalSelfAttention(RMS(x)));
 *                x ← x + Dropout(CrossAttention(RMS(x), memory));  x ← x + Dropout(FFN(RMS(x)))
 * sparse FFN     p_e FFN_e(x) for e = argmax p, p = softmax(W x)
 * attention      softmax(Q Kᵀ + b[bucket(j − i)]) V; cross attention has no b
 * output         softmax(Dropout(RMS(x)) Eᵀ / √D)
 * </pre>
 *
 * <p>Differs from {@link T5} by the sparse layers, and by what untied embeddings are: each stack's
 * own too. The routers' logits are shown as {@code router_logits}; {@code nn/RouterLoss} has what
 * training adds for them. B batch, S source and T target tokens, D model, F feed-forward, H heads,
 * Dh head, V vocabulary, E experts.
 */
public final class Switch extends Module implements ExpertSeq2Seq {
  /** Sizes and choices; {@link #BASE_8} is the paper's base model with 8 experts. */
  public record Config(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("d_model") @Doc("model width D") int d,
      @Key("d_kv") @Doc("head width Dh") int headSize,
      @Key("d_ff") @Doc("feed-forward width F") int ffn,
      @Key("num_layers") @Doc("encoder layers") int encoder,
      @Key("num_decoder_layers") @Doc("decoder layers") int decoder,
      @Key("num_sparse_encoder_layers") @Doc("sparse layers among them") int sparseEncoder,
      @Key("num_sparse_decoder_layers") @Doc("sparse layers among them") int sparseDecoder,
      @Key("encoder_sparse_step") @Doc("of so many layers the second is sparse")
          OptionalInt encoderStep,
      @Key("decoder_sparse_step") @Doc("of so many layers the second is sparse")
          OptionalInt decoderStep,
      @Key("num_experts") @Doc("experts E") int experts,
      @Key("expert_capacity") @Doc("tokens of a sequence that an expert takes") int capacity,
      @Key("router_bias") @Doc("whether the router has a bias") boolean routerBias,
      @Key("router_jitter_noise") @Doc("noise of what the router sees in training") double jitter,
      @Key("router_aux_loss_coef") @Doc("weight of the loss that balances experts") double balance,
      @Key("router_z_loss_coef") @Doc("weight of the loss that keeps router logits small")
          double calm,
      @Key("router_dtype") @Doc("what the router computes in: `float32`") String routerType,
      @Key("num_heads") @Doc("attention heads H") int heads,
      @Key("relative_attention_num_buckets") @Doc("distances told apart") int buckets,
      @Key("relative_attention_max_distance") @Doc("distance from which all are alike")
          int furthest,
      @Key("dropout_rate") @Doc("dropout throughout") double dropout,
      @Key("layer_norm_epsilon") @Doc("added to mean squares") double eps,
      @Key("dense_act_fn") @Doc("the feed-forward layers' nonlinearity") Activation activation,
      @Key("tie_word_embeddings") @Doc("one matrix embeds source and target and scores")
          boolean tied) {
    public static final Config BASE_8 =
        new Config(
            32128,
            768,
            64,
            2048,
            12,
            12,
            3,
            3,
            OptionalInt.empty(),
            OptionalInt.empty(),
            8,
            64,
            false,
            0.01,
            0.001,
            0.001,
            "float32",
            12,
            32,
            128,
            0.1,
            1e-6,
            Activation.RELU,
            true);

    public Config {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("d", d);
      Sizes.positive("headSize", headSize);
      Sizes.positive("ffn", ffn);
      Sizes.positive("encoder", encoder);
      Sizes.positive("decoder", decoder);
      Sizes.positive("experts", experts);
      Sizes.positive("capacity", capacity);
      Sizes.positive("heads", heads);
      if (!routerType.equals("float32"))
        throw new IllegalArgumentException(
            "router_dtype is \"%s\"; routers compute in float32".formatted(routerType));
    }

    private boolean sparseEncoder(int layer) {
      return sparse(layer, encoderStep, encoder, sparseEncoder);
    }

    private boolean sparseDecoder(int layer) {
      return sparse(layer, decoderStep, decoder, sparseDecoder);
    }

    private static boolean sparse(int layer, OptionalInt step, int layers, int sparse) {
      int every = step.orElse(sparse > 0 ? layers / sparse : layers);
      return every == 1 || (every > 1 && layer % every == 1);
    }
  }

  private final Config config;
  private final Encoder encoder;
  private final Embedding tokens;
  private final RelativeBias bias;
  private final List<DecoderLayer> layers;
  private final RmsNorm norm;
  private final Dropout dropout;
  private final Embedding output;

  /** A model with random weights, on the CPU. */
  public Switch(Config c) {
    this.config = c;
    Optional<Embedding> shared =
        c.tied() ? Optional.of(child("tokens", embedding(c))) : Optional.empty();
    Supplier<Embedding> tokens = () -> shared.orElseGet(() -> embedding(c));
    this.encoder = child("encoder", new Encoder(c, tokens.get()));
    this.tokens = child("decoder.tokens", tokens.get());
    this.bias =
        child("decoder.bias", new RelativeBias(c.buckets(), c.furthest(), c.heads(), false));
    this.layers =
        children("decoder.layer", c.decoder(), i -> new DecoderLayer(c, c.sparseDecoder(i)));
    this.norm = child("decoder.norm", new RmsNorm(c.d(), c.eps()));
    this.dropout = child("decoder.dropout", new Dropout(c.dropout()));
    this.output = child("output", tokens.get());
  }

  private static Embedding embedding(Config c) {
    return new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING);
  }

  private static SelfAttention selfAttention(Config c) {
    return SelfAttention.unscaled(c.d(), c.heads(), c.headSize(), c.dropout());
  }

  /** Half of a layer that is pre-norm: its feed-forward part, dense or sparse. */
  private static final class Ffn extends Module {
    private final RmsNorm norm;
    private final Optional<FeedForward> dense;
    private final Optional<MixtureOfExperts> sparse;
    private final Dropout dropout;

    Ffn(Config c, boolean isSparse) {
      norm = child("norm", new RmsNorm(c.d(), c.eps()));
      dense = isSparse ? Optional.empty() : Optional.of(child("dense", expert(c)));
      sparse = isSparse ? Optional.of(child("sparse", experts(c))) : Optional.empty();
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    private static FeedForward expert(Config c) {
      return FeedForward.unbiased(c.d(), c.ffn(), c.activation(), c.dropout());
    }

    /** Of which each takes so many tokens of a sequence, the first that ask. */
    private static MixtureOfExperts experts(Config c) {
      var rule =
          new Routing.Top(1, Routing.Gate.OF_ALL, Routing.Order.TOKENS, tokens -> c.capacity());
      return new MixtureOfExperts(
          new Linear(c.d(), c.experts(), c.routerBias()),
          IntStream.range(0, c.experts()).mapToObj(i -> expert(c)).toList(),
          new MixtureOfExperts.Way(rule, rule, c.jitter(), Optional.empty()));
    }

    /**
     * (B, N, D) → (B, N, D).
     *
     * @param apart whether the N tokens are sequences of their own, which share no capacity
     */
    Tensor forward(Tensor x, boolean apart) {
      Tensor in = norm.forward(x);
      Tensor rows = apart ? in.reshape(-1, 1, in.size(2)) : in;
      Tensor out =
          dense
              .map(layer -> layer.forward(rows))
              .orElseGet(() -> routed(sparse.orElseThrow().answer(rows, Optional.empty())));
      return dropout.residual(x, out.view(x.shape()));
    }

    private Tensor routed(MixtureOfExperts.Answer answer) {
      show("router_logits", answer.logits()); // (B, N, E)
      return answer.values();
    }
  }

  private static final class EncoderLayer extends Module {
    private final RmsNorm norm;
    private final SelfAttention attention;
    private final Dropout dropout;
    private final Ffn ffn;

    EncoderLayer(Config c, boolean sparse) {
      norm = child("norm", new RmsNorm(c.d(), c.eps()));
      attention = child("attention", selfAttention(c));
      dropout = child("dropout", new Dropout(c.dropout()));
      ffn = child("ffn", new Ffn(c, sparse));
    }

    /** (B, S, D) → (B, S, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor seen = dropout.residual(x, attention.forward(norm.forward(x), mask));
      return ffn.forward(seen, false);
    }
  }

  /** The encoder alone. */
  public static final class Encoder extends Module implements TextEncoder {
    private final Embedding tokens;
    private final RelativeBias bias;
    private final List<EncoderLayer> layers;
    private final RmsNorm norm;
    private final Dropout dropout;

    public Encoder(Config c) {
      this(c, embedding(c));
    }

    private Encoder(Config c, Embedding embedding) {
      tokens = child("tokens", embedding);
      bias = child("bias", new RelativeBias(c.buckets(), c.furthest(), c.heads(), true));
      layers = children("layer", c.encoder(), i -> new EncoderLayer(c, c.sparseEncoder(i)));
      norm = child("norm", new RmsNorm(c.d(), c.eps()));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    @Override
    public Tensor encode(TextInput input) {
      Tensor places = input.positions(); // (1, S)
      Mask mask = input.mask().plus(bias.forward(places, places));
      Tensor x = dropout.forward(tokens.forward(input.ids())); // (B, S, D)
      for (EncoderLayer layer : layers) x = layer.forward(show("hidden_states", x), mask);
      return show("hidden_states", dropout.forward(norm.forward(x))); // (B, S, D)
    }

    /** No limit. */
    @Override
    public int positions() {
      return Integer.MAX_VALUE;
    }
  }

  private static final class DecoderLayer extends Module {
    private final RmsNorm selfNorm;
    private final SelfAttention self;
    private final RmsNorm crossNorm;
    private final CrossAttention cross;
    private final Dropout dropout;
    private final Ffn ffn;

    DecoderLayer(Config c, boolean sparse) {
      selfNorm = child("selfNorm", new RmsNorm(c.d(), c.eps()));
      self = child("self", selfAttention(c));
      crossNorm = child("crossNorm", new RmsNorm(c.d(), c.eps()));
      cross = child("cross", CrossAttention.unscaled(c.d(), c.heads(), c.headSize(), c.dropout()));
      dropout = child("dropout", new Dropout(c.dropout()));
      ffn = child("ffn", new Ffn(c, sparse));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Memory memory, Pass pass, Mask mask) {
      Tensor seen = dropout.residual(x, self.forward(selfNorm.forward(x), pass, mask));
      Tensor read = dropout.residual(seen, cross.forward(crossNorm.forward(seen), memory, pass));
      return ffn.forward(read, pass.apart());
    }
  }

  @Override
  public Memory encode(Tensor ids, Optional<Tensor> real) {
    return new Memory(encoder.encode(new TextInput(ids, real, Optional.empty())), real);
  }

  @Override
  public Tensor decode(Tensor ids, Memory memory, Pass pass) {
    Mask mask = pass.mask().plus(bias.forward(pass.positions(), pass.keyPositions()));
    Tensor x = dropout.forward(tokens.forward(ids)); // (B, T, D)
    for (DecoderLayer layer : layers)
      x = layer.forward(show("hidden_states", x), memory, pass, mask);
    Tensor last = show("hidden_states", dropout.forward(norm.forward(x))); // (B, T, D)
    return config.tied() ? last.mul(1 / Math.sqrt(config.d())) : last;
  }

  @Override
  public double balance() {
    return config.balance();
  }

  @Override
  public double calm() {
    return config.calm();
  }

  @Override
  public Tensor outputWeight() {
    return output.weight();
  }

  @Override
  public Optional<Tensor> outputBias() {
    return Optional.empty();
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String STACK =
      """
      STACK.tokens.weight                     = STACK.embed_tokens.weight
      STACK.bias.weight                       = STACK.block.0.layer.0.SelfAttention.relative_attention_bias.weight
      STACK.layer.*.ffn.norm.weight           = STACK.block.*.layer.FFN.layer_norm.weight
      STACK.layer.*.ffn.dense.in.weight       = STACK.block.*.layer.FFN.mlp.wi.weight
      STACK.layer.*.ffn.dense.out.weight      = STACK.block.*.layer.FFN.mlp.wo.weight
      STACK.layer.*.ffn.sparse.router.*       = STACK.block.*.layer.FFN.mlp.router.classifier.*
      STACK.layer.*.ffn.sparse.*.*.in.weight  = STACK.block.*.layer.FFN.mlp.experts.*_*.wi.weight
      STACK.layer.*.ffn.sparse.*.*.out.weight = STACK.block.*.layer.FFN.mlp.experts.*_*.wo.weight
      STACK.norm.weight                       = STACK.final_layer_norm.weight
      """;
  private static final String ENCODER =
      STACK.replace("STACK", "encoder").replace("FFN", "1")
          + """
          encoder.layer.*.norm.weight                = encoder.block.*.layer.0.layer_norm.weight
          encoder.layer.*.attention.qkv.weight       = encoder.block.*.layer.0.SelfAttention.{q,k,v}.weight
          encoder.layer.*.attention.heads.out.weight = encoder.block.*.layer.0.SelfAttention.o.weight
          """;
  private static final String DECODER =
      STACK.replace("STACK", "decoder").replace("FFN", "2")
          + """
          tokens.weight                          = shared.weight
          decoder.layer.*.selfNorm.weight        = decoder.block.*.layer.0.layer_norm.weight
          decoder.layer.*.self.qkv.weight        = decoder.block.*.layer.0.SelfAttention.{q,k,v}.weight
          decoder.layer.*.self.heads.out.weight  = decoder.block.*.layer.0.SelfAttention.o.weight
          decoder.layer.*.crossNorm.weight       = decoder.block.*.layer.1.layer_norm.weight
          decoder.layer.*.cross.q.weight         = decoder.block.*.layer.1.EncDecAttention.q.weight
          decoder.layer.*.cross.kv.weight        = decoder.block.*.layer.1.EncDecAttention.{k,v}.weight
          decoder.layer.*.cross.heads.out.weight = decoder.block.*.layer.1.EncDecAttention.o.weight
          output.weight                          = lm_head.weight
          -                                      = decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight
          """;

  private static final String EMBEDDING = " encoder.embed_tokens.weight";

  /** Untied, Hugging Face's class still has a shared matrix, which nothing reads. */
  private static final String UNTIED = " shared.weight |" + EMBEDDING;

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "SwitchTransformersEncoderModel",
              "switch_transformers",
              "",
              Config.BASE_8,
              (config, labels) -> new TextModel(new Encoder(config), Map.of()),
              ENCODER.replace("encoder.embed_tokens", "shared")),
          new Architecture<>(
              "SwitchTransformersForConditionalGeneration",
              "switch_transformers",
              "",
              Config.BASE_8,
              (config, labels) -> new Switch(config),
              ENCODER.replace(EMBEDDING, UNTIED) + DECODER));
}
