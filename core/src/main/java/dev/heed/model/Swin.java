package dev.heed.model;

import dev.heed.attention.WindowAttention;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.config.UserError;
import dev.heed.model.ImageModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.ClassHead;
import dev.heed.nn.Convolution;
import dev.heed.nn.DropPath;
import dev.heed.nn.Dropout;
import dev.heed.nn.Extent;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Grids;
import dev.heed.nn.Head;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/**
 * Swin (Liu et al. 2021): attention inside small windows, which every other block shifts; the map
 * halves and the width doubles from stage to stage.
 *
 * <pre>
 * input  Dropout(LN(patches E))
 * block  x ← x + WindowAttention(LN(x));  x ← x + FFN(LN(x))             (eq. 3)
 * stage  blocks, then 2×2 neighbours side by side: x ← LN([x₁; x₂; x₃; x₄]) W   (section 3.1)
 * output LN(x), of which the mean stands for the image
 * </pre>
 *
 * <p>Differs from {@link Vit} by windows, biases for relative places instead of positions, stages,
 * and having no vector of the class. B images of C channels, maps of h×w places, D the first
 * stage's width.
 */
public final class Swin extends Module implements ImageEncoder {
  private static final double MERGING_EPS = 1e-5;

  /** Sizes and choices; {@link #TINY} is the paper's Swin-T. */
  public record Config(
      @Key("image_size") @Doc("height and width of images in pixels") Extent image,
      @Key("patch_size") @Doc("height and width of patches in pixels") Extent patch,
      @Key("num_channels") @Doc("channels C") int channels,
      @Key("embed_dim") @Doc("the first stage's width D; it doubles with each stage") int d,
      @Key("depths") @Doc("blocks of each stage") List<Integer> depths,
      @Key("num_heads") @Doc("attention heads of each stage") List<Integer> heads,
      @Key("window_size") @Doc("side M of the windows in places") int window,
      @Key("mlp_ratio") @Doc("feed-forward width by the stage's") double ffnRatio,
      @Key("qkv_bias") @Doc("biases of queries, keys and values") boolean qkvBias,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("drop_path_rate") @Doc("how often the last block's branches are left out")
          double dropPath,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("use_absolute_embeddings") @Doc("learned positions, for images of one size")
          boolean positions,
      @Key("layer_norm_eps") @Doc("added to variances") double eps) {
    public static final Config TINY =
        new Config(
            Extent.square(224),
            Extent.square(4),
            3,
            96,
            List.of(2, 2, 6, 2),
            List.of(3, 6, 12, 24),
            7,
            4,
            true,
            0,
            0,
            0.1,
            Activation.GELU,
            false,
            1e-5);

    public Config {
      Sizes.positive("channels", channels);
      Sizes.positive("window", window);
      if (depths.isEmpty() || depths.size() != heads.size())
        throw new IllegalArgumentException(
            "depths %s and heads %s must have an entry for each stage".formatted(depths, heads));
      for (int stage = 0; stage < depths.size(); stage++) {
        Sizes.positive("depths", depths.get(stage));
        Sizes.divides("heads", heads.get(stage), "the stage's width", d << stage);
      }
    }

    private int stages() {
      return depths.size();
    }

    private int width(int stage) {
      return d << stage;
    }
  }

  private final Config config;
  private final Convolution patches;
  private final LayerNorm patchNorm;
  private final Optional<Tensor> positions; // (1, h·w, D)
  private final Dropout dropout;
  private final List<Stage> stages;
  private final LayerNorm norm;

  /** A model with random weights, on the CPU. */
  public Swin(Config c) {
    this.config = c;
    this.patches =
        child(
            "patches",
            new Convolution(c.channels(), c.d(), Convolution.Window.patch(c.patch()), true));
    this.patchNorm = child("patchNorm", new LayerNorm(c.d(), MERGING_EPS));
    int places = c.image().over(c.patch()).area();
    this.positions =
        c.positions()
            ? Optional.of(parameter("positions", Init.normal(0.02, 1, places, c.d())))
            : Optional.empty();
    this.dropout = child("dropout", new Dropout(c.dropout()));
    List<Stage> made = new ArrayList<>();
    for (int stage = 0, block = 0; stage < c.stages(); block += c.depths().get(stage++))
      made.add(new Stage(c, stage, block));
    this.stages = children("stage", made);
    this.norm = child("norm", new LayerNorm(c.width(c.stages() - 1), c.eps()));
  }

  private static final class Block extends Module {
    private final int window;
    private final int shift;
    private final LayerNorm attentionNorm;
    private final WindowAttention attention;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;
    private final DropPath path;

    Block(Config c, int stage, boolean shifted, double dropPath) {
      int d = c.width(stage);
      window = c.window();
      shift = shifted ? window / 2 : 0;
      attentionNorm = child("attentionNorm", new LayerNorm(d, c.eps()));
      attention =
          child(
              "attention",
              new WindowAttention(
                  d, c.heads().get(stage), window, c.qkvBias(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(d, c.eps()));
      ffn = child("ffn", new FeedForward(d, (int) (c.ffnRatio() * d), c.activation(), 0));
      dropout = child("dropout", new Dropout(c.dropout()));
      path = child("path", new DropPath(dropPath));
    }

    /** (B, h, w, D) → (B, h, w, D). */
    Tensor forward(Tensor x) {
      long height = x.size(1);
      long width = x.size(2);
      long least = Math.min(height, width);
      if (least < window)
        throw new UserError(
            "the image gives a map of %d×%d places, smaller than the model's windows of %d×%d"
                .formatted(height, width, window, window));
      Tensor normed = attentionNorm.forward(x);
      long down = Math.floorMod(-height, (long) window);
      long right = Math.floorMod(-width, (long) window);
      boolean fits = down == 0 && right == 0;
      Tensor padded = fits ? normed : normed.pad(0, 0, 0, right, 0, down); // to whole windows
      // A map that is one window high or wide isn't shifted.
      Tensor attended = attention.forward(padded, least > window ? shift : 0);
      Tensor cut = fits ? attended : attended.narrow(1, 0, height).narrow(2, 0, width);
      Tensor seen = path.residual(x, dropout.forward(cut));
      return dropout.residual(seen, ffn.forward(ffnNorm.forward(seen)));
    }
  }

  private static final class Stage extends Module {
    private final List<Block> blocks;
    private final Optional<Merging> merging;

    /**
     * @param first the number of its first block among all
     */
    Stage(Config c, int stage, int first) {
      int all = c.depths().stream().mapToInt(Integer::intValue).sum();
      blocks =
          children(
              "block",
              IntStream.range(0, c.depths().get(stage))
                  .mapToObj(
                      i ->
                          new Block(
                              c, stage, i % 2 == 1, DropPath.rate(c.dropPath(), first + i, all)))
                  .toList());
      merging =
          stage + 1 < c.stages()
              ? Optional.of(child("merging", new Merging(c.width(stage))))
              : Optional.empty();
    }

    /** (B, h, w, D) → (B, h/2, w/2, 2 D), or (B, h, w, D) from the last stage. */
    Tensor forward(Tensor map) {
      Tensor x = map;
      for (Block block : blocks) x = block.forward(x);
      return merging.isPresent() ? merging.get().forward(x) : x;
    }
  }

  /** Four neighbours become one place of twice the width. */
  private static final class Merging extends Module {
    private final LayerNorm norm;
    private final Linear reduction;

    Merging(int d) {
      norm = child("norm", new LayerNorm(4L * d, MERGING_EPS));
      reduction = child("reduction", new Linear(4L * d, 2L * d, false));
    }

    /** (B, h, w, D) → (B, ⌈h/2⌉, ⌈w/2⌉, 2 D). */
    Tensor forward(Tensor x) {
      Tensor even = x.pad(0, 0, 0, x.size(2) % 2, 0, x.size(1) % 2);
      long height = even.size(1) / 2;
      long width = even.size(2) / 2;
      Tensor neighbours =
          even.reshape(x.size(0), height, 2, width, 2, x.size(3))
              .permute(0, 1, 3, 4, 2, 5) // (B, h/2, w/2, column, row, D)
              .reshape(x.size(0), height, width, 4 * x.size(3));
      return reduction.forward(norm.forward(neighbours));
    }
  }

  /** (B, C, H, W) → (B, T, D), T places of the last map. */
  @Override
  public Tensor encode(Tensor pixels) {
    Grids.check(pixels, config.channels());
    Tensor seen = patches.forward(padded(pixels)); // (B, D, h, w)
    Tensor normed = patchNorm.forward(seen.permute(0, 2, 3, 1)); // (B, h, w, D)
    Tensor x = shown(dropout.forward(placed(normed)));
    for (Stage stage : stages) x = shown(stage.forward(x));
    return norm.forward(places(x)); // (B, T, D)
  }

  /** To whole patches. */
  private Tensor padded(Tensor pixels) {
    long down = Math.floorMod(-pixels.size(2), (long) config.patch().height());
    long right = Math.floorMod(-pixels.size(3), (long) config.patch().width());
    return pixels.pad(0, right, 0, down);
  }

  private Tensor placed(Tensor map) {
    if (positions.isEmpty()) return map;
    Extent grid = config.image().over(config.patch());
    if (map.size(1) != grid.height() || map.size(2) != grid.width())
      throw new UserError(
          "images of %d×%d patches, where the model has positions for %s"
              .formatted(map.size(1), map.size(2), grid));
    return map.add(positions.get().view(1, grid.height(), grid.width(), map.size(3)));
  }

  private Tensor shown(Tensor map) {
    show("hidden_states", () -> places(map));
    show("reshaped_hidden_states", () -> map.permute(0, 3, 1, 2));
    return map;
  }

  /** (B, h, w, D) → (B, h·w, D). */
  private static Tensor places(Tensor map) {
    return map.reshape(map.size(0), map.size(1) * map.size(2), map.size(3));
  }

  /** The blocks of each stage. */
  public List<Integer> depths() {
    return config.depths();
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.patches.*                              = swin.embeddings.patch_embeddings.projection.*
      encoder.patchNorm.*                            = swin.embeddings.norm.*
      encoder.positions                              = swin.embeddings.position_embeddings
      encoder.stage.*.block.*.attentionNorm.*        = swin.encoder.layers.*.blocks.*.layernorm_before.*
      encoder.stage.*.block.*.attention.qkv.*        = swin.encoder.layers.*.blocks.*.attention.self.{query,key,value}.*
      encoder.stage.*.block.*.attention.table        = swin.encoder.layers.*.blocks.*.attention.self.relative_position_bias_table
      encoder.stage.*.block.*.attention.heads.out.*  = swin.encoder.layers.*.blocks.*.attention.output.dense.*
      encoder.stage.*.block.*.ffnNorm.*              = swin.encoder.layers.*.blocks.*.layernorm_after.*
      encoder.stage.*.block.*.ffn.in.*               = swin.encoder.layers.*.blocks.*.intermediate.dense.*
      encoder.stage.*.block.*.ffn.out.*              = swin.encoder.layers.*.blocks.*.output.dense.*
      encoder.stage.*.merging.norm.*                 = swin.encoder.layers.*.downsample.norm.*
      encoder.stage.*.merging.reduction.*            = swin.encoder.layers.*.downsample.reduction.*
      encoder.norm.*                                 = swin.layernorm.*
      -                                              = swin.encoder.layers.*.blocks.*.attention.self.relative_position_index
      """;

  /** The mean of all places. */
  private static final class Mean extends Head {
    @Override
    public Tensor forward(Tensor hidden) {
      return hidden.mean(1); // (B, D)
    }
  }

  private static Architecture<Config> architecture(
      String name, String weights, BiFunction<Config, Integer, Map<Task, Head>> heads) {
    return new Architecture<>(
        name,
        "swin",
        "swin.",
        Config.TINY,
        (config, labels) -> new ImageModel(new Swin(config), heads.apply(config, labels)),
        BODY + weights,
        Modality.IMAGE);
  }

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          architecture("SwinModel", "", (c, labels) -> Map.of(Task.POOLED, new Mean())),
          architecture(
              "SwinForImageClassification",
              "classes.out.* = classifier.*\n",
              (c, labels) ->
                  Map.of(
                      Task.CLASS,
                      new ClassHead(c.width(c.stages() - 1), labels, hidden -> hidden.mean(1)))));
}
