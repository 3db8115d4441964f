package dev.heed.model;

import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.data.Mask;
import dev.heed.model.ImageModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.ClassHead;
import dev.heed.nn.Convolution;
import dev.heed.nn.Embedding;
import dev.heed.nn.Extent;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Grids;
import dev.heed.nn.Head;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Learned;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * CLIP (Radford et al. 2021): an encoder of images and one of texts whose vectors are alike where
 * text and image belong together.
 *
 * <pre>
 * image   LN([class; patches] + P), layers, Wᵢ LN(first vector)
 * text    E[token] + P, layers that look back only, Wₜ LN(vector of the end token)
 * layer   x ← x + SelfAttention(LN(x));  x ← x + FFN(LN(x))
 * logits  e^s · cos(image, text)
 * </pre>
 *
 * <p>The images' tower differs from {@link Vit} by the norm before the layers, the texts' from
 * {@link Gpt2} by what is made of its vectors. B images or texts, T vectors, D a tower's width, P
 * the width of both towers' vectors.
 */
public final class Clip extends Module {
  /** The texts' tower. */
  public record TextConfig(
      @Key("vocab_size") @Doc("tokens V") int vocabulary,
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("projection_dim") @Doc("width P of the vector, if the tower stands alone")
          int projection,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("max_position_embeddings") @Doc("longest text in tokens") int positions,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("attention_dropout") @Doc("dropout of keys") double dropout,
      @Key("eos_token_id") @Doc("the token that ends a text") int eos) {
    public static final TextConfig BASE =
        new TextConfig(49408, 512, 2048, 512, 12, 8, 77, Activation.QUICK_GELU, 1e-5, 0, 49407);

    public TextConfig {
      Sizes.positive("vocabulary", vocabulary);
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("positions", positions);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  /** The images' tower. */
  public record VisionConfig(
      @Key("hidden_size") @Doc("model width D") int d,
      @Key("intermediate_size") @Doc("feed-forward width F") int ffn,
      @Key("projection_dim") @Doc("width P of the vector, if the tower stands alone")
          int projection,
      @Key("num_hidden_layers") @Doc("layers") int layers,
      @Key("num_attention_heads") @Doc("attention heads; must divide `d`") int heads,
      @Key("num_channels") @Doc("channels C") int channels,
      @Key("image_size") @Doc("side of images in pixels") int image,
      @Key("patch_size") @Doc("side of patches in pixels") int patch,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("attention_dropout") @Doc("dropout of keys") double dropout) {
    public static final VisionConfig BASE =
        new VisionConfig(768, 3072, 512, 12, 12, 3, 224, 32, Activation.QUICK_GELU, 1e-5, 0);

    public VisionConfig {
      Sizes.positive("layers", layers);
      Sizes.positive("ffn", ffn);
      Sizes.positive("channels", channels);
      Sizes.positive("image", image);
      Sizes.positive("patch", patch);
      Sizes.divides("heads", heads, "d", d);
    }
  }

  /** Both towers; {@link #BASE} is the paper's ViT-B/32. */
  public record Config(
      @Key("text_config") @Doc("the texts' tower") TextConfig text,
      @Key("vision_config") @Doc("the images' tower") VisionConfig vision,
      @Key("projection_dim") @Doc("width P of the vectors") int projection,
      @Key("logit_scale_init_value") @Doc("the s that training begins with") double logScale) {
    public static final Config BASE = new Config(TextConfig.BASE, VisionConfig.BASE, 512, 2.6592);
  }

  private final Text text;
  private final Vision vision;
  private final Linear textProjection;
  private final Linear visionProjection;
  private final Tensor logScale; // s, ()

  /** A model with random weights, on the CPU. */
  public Clip(Config c) {
    this.text = child("text", new Text(c.text(), false));
    this.vision = child("vision", new Vision(c.vision()));
    this.textProjection = child("textProjection", new Linear(c.text().d(), c.projection(), false));
    this.visionProjection =
        child("visionProjection", new Linear(c.vision().d(), c.projection(), false));
    this.logScale = parameter("logScale", Tensor.full(c.logScale(), Dtype.FLOAT32, Device.CPU));
  }

  private static final class Layer extends Module {
    private final LayerNorm attentionNorm;
    private final SelfAttention attention;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;

    Layer(int d, int heads, int f, Activation activation, double eps, double dropout) {
      attentionNorm = child("attentionNorm", new LayerNorm(d, eps));
      attention = child("attention", new SelfAttention(d, heads, new ScaledDotProduct(), dropout));
      ffnNorm = child("ffnNorm", new LayerNorm(d, eps));
      ffn = child("ffn", new FeedForward(d, f, activation, 0));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Mask mask) {
      Tensor seen = x.add(attention.forward(attentionNorm.forward(x), mask));
      return seen.add(ffn.forward(ffnNorm.forward(seen)));
    }
  }

  /** The texts' tower, with a projection of its own if it stands alone. */
  public static final class Text extends Module implements TextEncoder {
    /** The end token that OpenAI's config.json names by mistake: there it has the highest id. */
    private static final int MISTAKEN_EOS = 2;

    private final TextConfig config;
    private final Embedding tokens;
    private final Learned positions;
    private final List<Layer> layers;
    private final LayerNorm norm;
    private final Optional<Linear> projection;

    private Text(TextConfig c, boolean projected) {
      this.config = c;
      this.tokens = child("tokens", new Embedding(c.vocabulary(), c.d(), Embedding.NO_PADDING));
      this.positions = child("positions", new Learned(c.positions(), c.d()));
      this.layers =
          children(
              "layer",
              IntStream.range(0, c.layers())
                  .mapToObj(
                      i ->
                          new Layer(
                              c.d(), c.heads(), c.ffn(), c.activation(), c.eps(), c.dropout()))
                  .toList());
      this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
      this.projection =
          projected
              ? Optional.of(child("projection", new Linear(c.d(), c.projection(), false)))
              : Optional.empty();
    }

    @Override
    public Tensor encode(TextInput input) {
      Tensor places = positions.forward(input.positions(), input.length()); // (1, T, D)
      Tensor x = tokens.forward(input.ids()).add(places); // (B, T, D)
      Mask mask = Mask.causal().and(input.mask());
      for (Layer layer : layers) x = layer.forward(show("hidden_states", x), mask);
      return norm.forward(show("hidden_states", x)); // (B, T, D)
    }

    /** The vectors (B, D) of the end tokens among those (B, T, D) of INT64 ids (B, T). */
    public Tensor pool(Tensor encoded, Tensor ids) {
      Tensor ends =
          config.eos() == MISTAKEN_EOS ? ids : ids.eq(config.eos()).to(Dtype.INT64); // (B, T)
      Tensor place = ends.argmax(1).view(-1, 1, 1).expand(-1, 1, encoded.size(2)); // (B, 1, D)
      return encoded.gather(1, place).squeeze(1);
    }

    /** (B, D) → (B, P), if the tower has its own projection. */
    public Optional<Tensor> project(Tensor pooled) {
      return projection.map(map -> map.forward(pooled));
    }

    @Override
    public int positions() {
      return config.positions();
    }
  }

  /** The images' tower. */
  public static final class Vision extends Module implements ImageEncoder {
    private final VisionConfig config;
    private final Convolution patches;
    private final Tensor classToken; // (D)
    private final Tensor positions; // (T, D)
    private final LayerNorm norm;
    private final List<Layer> layers;
    private final LayerNorm pooledNorm;

    private Vision(VisionConfig c) {
      this.config = c;
      Convolution.Window window = Convolution.Window.square(c.patch(), c.patch(), 0);
      this.patches = child("patches", new Convolution(c.channels(), c.d(), window, false));
      this.classToken = parameter("classToken", Init.normal(0.02, c.d()));
      int side = c.image() / c.patch();
      this.positions = parameter("positions", Init.normal(0.02, 1L + side * side, c.d()));
      this.norm = child("norm", new LayerNorm(c.d(), c.eps()));
      this.layers =
          children(
              "layer",
              IntStream.range(0, c.layers())
                  .mapToObj(
                      i ->
                          new Layer(
                              c.d(), c.heads(), c.ffn(), c.activation(), c.eps(), c.dropout()))
                  .toList());
      this.pooledNorm = child("pooledNorm", new LayerNorm(c.d(), c.eps()));
    }

    /** (B, C, H, W) → (B, T, D), the vector of the image first. */
    @Override
    public Tensor encode(Tensor pixels) {
      Grids.check(pixels, config.channels(), Extent.square(config.image()));
      Tensor seen = Grids.sequence(patches.forward(pixels)); // (B, T−1, D)
      Tensor first = classToken.view(1, 1, -1).expand(seen.size(0), 1, seen.size(2));
      Tensor all = Tensor.cat(1, List.of(first, seen)).add(positions); // (B, T, D)
      Tensor x = norm.forward(all);
      for (Layer layer : layers) x = layer.forward(show("hidden_states", x), Mask.NONE);
      return show("hidden_states", x); // (B, T, D)
    }

    /** The vectors (B, D) of the images among those (B, T, D) of their patches. */
    public Tensor pool(Tensor encoded) {
      return pooledNorm.forward(encoded.select(1, 0));
    }
  }

  public Text text() {
    return text;
  }

  public Vision vision() {
    return vision;
  }

  /** What {@link Text#pool} gives, (B, D) → (B, P). */
  public Tensor projectText(Tensor pooled) {
    return textProjection.forward(pooled);
  }

  /** What {@link Vision#pool} gives, (B, D) → (B, P). */
  public Tensor projectImage(Tensor pooled) {
    return visionProjection.forward(pooled);
  }

  /** The vectors (B, P) of texts, of length 1. */
  public Tensor embed(TextInput texts) {
    return unit(projectText(text.pool(text.encode(texts), texts.ids())));
  }

  /** The vectors (B, P) of images (B, C, H, W), of length 1. */
  public Tensor embed(Tensor pixels) {
    return unit(projectImage(vision.pool(vision.encode(pixels))));
  }

  /** e^s · cos of vectors of length 1: (A, P) and (B, P) → (A, B). */
  public Tensor logits(Tensor a, Tensor b) {
    return a.matmul(b.transpose(0, 1)).mul(logScale.exp());
  }

  /** Vectors (B, P) at length 1. */
  public static Tensor unit(Tensor x) {
    return x.div(x.mul(x).sum(1).sqrt().unsqueeze(1));
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String TEXT =
      """
      TOWER.tokens.weight                 = text_model.embeddings.token_embedding.weight
      TOWER.positions.weight              = text_model.embeddings.position_embedding.weight
      TOWER.layer.*.attentionNorm.*       = text_model.encoder.layers.*.layer_norm1.*
      TOWER.layer.*.attention.qkv.*       = text_model.encoder.layers.*.self_attn.{q,k,v}_proj.*
      TOWER.layer.*.attention.heads.out.* = text_model.encoder.layers.*.self_attn.out_proj.*
      TOWER.layer.*.ffnNorm.*             = text_model.encoder.layers.*.layer_norm2.*
      TOWER.layer.*.ffn.in.*              = text_model.encoder.layers.*.mlp.fc1.*
      TOWER.layer.*.ffn.out.*             = text_model.encoder.layers.*.mlp.fc2.*
      TOWER.norm.*                        = text_model.final_layer_norm.*
      TOWER.projection.weight             = text_projection.weight
      -                                   = text_model.embeddings.position_ids
      """;
  private static final String VISION =
      """
      TOWER.patches.weight                = vision_model.embeddings.patch_embedding.weight
      TOWER.classToken                    = vision_model.embeddings.class_embedding
      TOWER.positions                     = vision_model.embeddings.position_embedding.weight
      TOWER.norm.*                        = vision_model.pre_layrnorm.*
      TOWER.layer.*.attentionNorm.*       = vision_model.encoder.layers.*.layer_norm1.*
      TOWER.layer.*.attention.qkv.*       = vision_model.encoder.layers.*.self_attn.{q,k,v}_proj.*
      TOWER.layer.*.attention.heads.out.* = vision_model.encoder.layers.*.self_attn.out_proj.*
      TOWER.layer.*.ffnNorm.*             = vision_model.encoder.layers.*.layer_norm2.*
      TOWER.layer.*.ffn.in.*              = vision_model.encoder.layers.*.mlp.fc1.*
      TOWER.layer.*.ffn.out.*             = vision_model.encoder.layers.*.mlp.fc2.*
      TOWER.pooledNorm.*                  = vision_model.post_layernorm.*
      -                                   = vision_model.embeddings.position_ids
      """;
  private static final String BOTH =
      TEXT.replace("TOWER", "text")
          + VISION.replace("TOWER", "vision")
          + """
          textProjection.weight   = text_projection.weight
          visionProjection.weight = visual_projection.weight
          logScale                = logit_scale
          """;

  /** The vector of an image, projected or not. */
  private static final class Pooled extends Head {
    private final Vision vision;
    private final Optional<Linear> out;

    Pooled(Vision vision, Optional<Linear> out) {
      this.vision = vision;
      this.out = out.map(map -> child("out", map));
    }

    @Override
    public Tensor forward(Tensor encoded) {
      Tensor pooled = vision.pool(encoded); // (B, D)
      return out.map(map -> map.forward(pooled)).orElse(pooled);
    }
  }

  private static Architecture<TextConfig> text(String name, boolean projected) {
    return new Architecture<>(
        name,
        "clip_text_model",
        "text_model.",
        TextConfig.BASE,
        (config, labels) -> new Text(config, projected),
        TEXT.replace("TOWER.", ""));
  }

  private static Architecture<VisionConfig> vision(String name, boolean projected) {
    return new Architecture<>(
        name,
        "clip_vision_model",
        "vision_model.",
        VisionConfig.BASE,
        (config, labels) -> {
          Vision vision = new Vision(config);
          Optional<Linear> out =
              Optional.of(projected)
                  .filter(wanted -> wanted)
                  .map(wanted -> new Linear(config.d(), config.projection(), false));
          return new ImageModel(vision, Map.of(Task.POOLED, new Pooled(vision, out)));
        },
        VISION.replace("TOWER", "encoder") + "pooled.out.weight = visual_projection.weight\n",
        Modality.IMAGE);
  }

  public static final List<Architecture<?>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "CLIPModel",
              "clip",
              "",
              Config.BASE,
              (config, labels) -> new Clip(config),
              BOTH,
              Modality.IMAGE),
          text("CLIPTextModel", false),
          text("CLIPTextModelWithProjection", true),
          vision("CLIPVisionModel", false),
          vision("CLIPVisionModelWithProjection", true),
          new Architecture<>(
              "CLIPForImageClassification",
              "clip",
              "",
              Config.BASE,
              (config, labels) ->
                  new ImageModel(
                      new Vision(config.vision()),
                      Map.of(Task.CLASS, patches(config.vision(), labels))),
              VISION.replace("TOWER", "encoder") + "classes.out.* = classifier.*\n",
              Modality.IMAGE));

  /** From the mean of the patches, the image's own vector left out. */
  private static Head patches(VisionConfig c, int labels) {
    return new ClassHead(c.d(), labels, x -> x.narrow(1, 1, x.size(1) - 1).mean(1));
  }
}
