package dev.heed.model;

import dev.heed.attention.MultiHead;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.model.ImageModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.ClassHead;
import dev.heed.nn.Convolution;
import dev.heed.nn.Dropout;
import dev.heed.nn.Extent;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Grids;
import dev.heed.nn.Head;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Pooler;
import dev.heed.nn.Sizes;
import dev.heed.position.GridSinusoids;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * ViT (Dosovitskiy et al. 2021): an image as a sequence of patches, read by the Transformer's
 * encoder, pre-norm.
 *
 * <pre>
 * input   Dropout([class; patch₁ E; …; patch_N E] + P)                 (eq. 1)
 * layer   x ← x + Dropout(SelfAttention(LN(x)));  x ← x + Dropout(FFN(LN(x)))   (eqs. 2, 3)
 * output  LN(x), of which the first vector stands for the image         (eq. 4)
 * </pre>
 *
 * <p>Differs from {@link Transformer}'s encoder by patches for tokens, a learned vector in front,
 * learned positions and GELU. B images of C channels, H×W pixels, T = 1 + N vectors, D model.
 */
public final class Vit extends Module implements ImageEncoder {
  /** Where positions come from. */
  public enum Positions {
    /** They are trained, as published. */
    LEARNED,
    /**
     * {@link GridSinusoids}, and zeros for the vector in front (He et al. 2022; Beyer et al. 2022).
     */
    SINUSOIDAL
  }

  /** Sizes and choices; {@link #BASE} is the paper's with patches of 16×16. */
  public record Config(
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("image_size") @Doc("height and width of images in pixels") Extent image,
      @Key("patch_size") @Doc("height and width of patches in pixels") Extent patch,
      @Key("num_channels") @Doc("channels C") int channels,
      @Key("qkv_bias") @Doc("biases of queries, keys and values") boolean qkvBias,
      @Key("pooler_output_size") @Doc("width of the pooled vector; D if it isn't given")
          OptionalInt pooled,
      @Key("position") @Doc("where patches' positions come from") Positions position,
      @Key("pooler_act") @Doc("the pooled vector's nonlinearity") Activation poolerActivation) {
    public static final Config BASE =
        new Config(
            768,
            12,
            12,
            3072,
            Activation.GELU,
            0,
            0,
            1e-12,
            Extent.square(224),
            Extent.square(16),
            3,
            true,
            OptionalInt.empty(),
            Positions.LEARNED,
            Activation.TANH);

    public Config {
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("channels", channels);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  private final Config config;
  private final Convolution patches;
  private final Tensor classToken; // (1, 1, D)
  private final Tensor positions; // (1, T, D)
  private final Dropout dropout;
  private final List<Layer> layers;
  private final LayerNorm norm;

  /** A model with random weights, on the CPU. */
  public Vit(Config c) {
    this.config = c;
    this.patches =
        child(
            "patches",
            new Convolution(c.channels(), c.d(), Convolution.Window.patch(c.patch()), true));
    this.classToken = parameter("classToken", Init.normal(0.02, 1, 1, c.d()));
    Extent grid = c.image().over(c.patch());
    this.positions =
        c.position() == Positions.LEARNED
            ? parameter("positions", Init.normal(0.02, 1, 1 + grid.area(), c.d()))
            : buffer("positions", sinusoids(grid, c.d()));
    this.dropout = child("dropout", new Dropout(c.dropout()));
    this.layers =
        children("layer", IntStream.range(0, c.layers()).mapToObj(i -> new Layer(c)).toList());
    this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
  }

  private static Tensor sinusoids(Extent grid, int size) {
    Tensor patches = GridSinusoids.table(grid.height(), grid.width(), size); // (N, D)
    return Tensor.cat(0, List.of(Init.zeros(1, size), patches)).unsqueeze(0); // (1, T, D)
  }

  private static final class Layer extends Module {
    private final LayerNorm attentionNorm;
    private final Linear qkv;
    private final MultiHead heads;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;

    Layer(Config c) {
      attentionNorm = child("attentionNorm", new LayerNorm(c.d(), c.eps()));
      qkv = child("qkv", Linear.fused(3, c.d(), c.d(), c.qkvBias()));
      heads =
          child(
              "heads",
              new MultiHead(c.d(), c.heads(), new ScaledDotProduct(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(c.d(), c.eps()));
      ffn = child("ffn", new FeedForward(c.d(), c.ffn(), c.activation(), 0));
      dropout = child("dropout", new Dropout(c.dropout()));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x) {
      Tensor[] maps = heads.split(qkv.forward(attentionNorm.forward(x)), 3); // 3 × (B, H, T, Dh)
      Tensor attended = heads.forward(maps[0], maps[1], maps[2], Mask.NONE); // (B, T, D)
      Tensor seen = dropout.residual(x, attended);
      return dropout.residual(seen, ffn.forward(ffnNorm.forward(seen)));
    }
  }

  /** (B, C, H, W) → (B, T, D), the vector of the image first. */
  @Override
  public Tensor encode(Tensor pixels) {
    Grids.check(pixels, config.channels(), config.image());
    Tensor seen = Grids.sequence(patches.forward(pixels)); // (B, N, D)
    Tensor first = classToken.expand(seen.size(0), 1, seen.size(2)); // (B, 1, D)
    Tensor x = dropout.forward(Tensor.cat(1, List.of(first, seen)).add(positions)); // (B, T, D)
    for (Layer layer : layers) x = layer.forward(show("hidden_states", x));
    return norm.forward(show("hidden_states", x)); // (B, T, D)
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.patches.*               = vit.embeddings.patch_embeddings.projection.*
      encoder.classToken              = vit.embeddings.cls_token
      encoder.positions               = vit.embeddings.position_embeddings
      encoder.layer.*.attentionNorm.* = vit.encoder.layer.*.layernorm_before.*
      encoder.layer.*.qkv.*           = vit.encoder.layer.*.attention.attention.{query,key,value}.*
      encoder.layer.*.heads.out.*     = vit.encoder.layer.*.attention.output.dense.*
      encoder.layer.*.ffnNorm.*       = vit.encoder.layer.*.layernorm_after.*
      encoder.layer.*.ffn.in.*        = vit.encoder.layer.*.intermediate.dense.*
      encoder.layer.*.ffn.out.*       = vit.encoder.layer.*.output.dense.*
      encoder.norm.*                  = vit.layernorm.*
      """;

  private static Architecture<Config> architecture(
      String name, String weights, BiFunction<Config, Integer, Map<Task, Head>> heads) {
    return new Architecture<>(
        name,
        "vit",
        "vit.",
        Config.BASE,
        (config, labels) -> new ImageModel(new Vit(config), heads.apply(config, labels)),
        BODY + weights,
        Modality.IMAGE);
  }

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          architecture(
              "ViTModel",
              "pooled.dense.* = vit.pooler.dense.*\n",
              (c, labels) -> Map.of(Task.POOLED, pooler(c))),
          architecture(
              "ViTForImageClassification",
              "classes.out.* = classifier.*\n",
              (c, labels) ->
                  Map.of(Task.CLASS, new ClassHead(c.d(), labels, x -> x.select(1, 0)))));

  private static Head pooler(Config c) {
    return new Pooler(c.d(), c.pooled().orElse(c.d()), c.poolerActivation());
  }
}
