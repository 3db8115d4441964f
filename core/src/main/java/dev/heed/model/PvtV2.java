package dev.heed.model;

import dev.heed.attention.SpatialReduction;
import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.model.ImageModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.ClassHead;
import dev.heed.nn.Convolution;
import dev.heed.nn.DropPath;
import dev.heed.nn.Dropout;
import dev.heed.nn.Grids;
import dev.heed.nn.Head;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * PVT v2 (Wang et al. 2022): {@link SpatialReduction} on a pyramid of maps, with overlapping
 * patches and convolutions that tell places apart.
 *
 * <pre>
 * stage  x ← LN(overlapping patches of the map E)
 * block  x ← x + SpatialReduction(LN(x));  x ← x + FFN(LN(x));  at the stage's end LN(x)
 * FFN(x) = act(DepthwiseConv(x W₁)) W₂                                   (section 3.3)
 * output the mean of all places stands for the image
 * </pre>
 *
 * <p>Differs from {@link Pvt} by the patches, the depthwise 3×3 convolution instead of positions,
 * having no vector of the class, a norm for each stage, and, if wanted, summaries of a fixed number
 * (linear attention, section 3.1). Images may have any size. B images of C channels, T places of a
 * map, D a stage's width, F feed-forward.
 */
public final class PvtV2 extends Module implements ImageEncoder {
  /** Sizes and choices, an entry a stage; {@link #B0} is the paper's PVTv2-B0. */
  public record Config(
      @Key("num_channels") @Doc("channels C") int channels,
      @Key("num_encoder_blocks") @Doc("stages") int stages,
      @Key("depths") @Doc("blocks of each stage") List<Integer> depths,
      @Key("sr_ratios") @Doc("side R of the blocks that are summed up") List<Integer> ratios,
      @Key("hidden_sizes") @Doc("width D of each stage") List<Integer> d,
      @Key("patch_sizes") @Doc("side of patches in places of the map before") List<Integer> patches,
      @Key("strides") @Doc("steps from patch to patch") List<Integer> strides,
      @Key("num_attention_heads") @Doc("attention heads of each stage") List<Integer> heads,
      @Key("mlp_ratios") @Doc("feed-forward width by the stage's") List<Number> ffnRatios,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("drop_path_rate") @Doc("how often the last block's branches are left out")
          double dropPath,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("qkv_bias") @Doc("biases of queries, keys and values") boolean qkvBias,
      @Key("linear_attention") @Doc("7×7 summaries of each map instead of one of each block")
          boolean linear) {
    public static final Config B0 =
        new Config(
            3,
            4,
            List.of(2, 2, 2, 2),
            List.of(8, 4, 2, 1),
            List.of(32, 64, 160, 256),
            List.of(7, 3, 3, 3),
            List.of(4, 2, 2, 2),
            List.of(1, 2, 5, 8),
            List.of(8, 8, 4, 4),
            Activation.GELU,
            0,
            0,
            0,
            1e-6,
            true,
            false);

    public Config {
      Sizes.positive("channels", channels);
      Sizes.entries("depths", depths, stages);
      Sizes.entries("ratios", ratios, stages);
      Sizes.entries("d", d, stages);
      Sizes.entries("patches", patches, stages);
      Sizes.entries("strides", strides, stages);
      Sizes.entries("heads", heads, stages);
      Sizes.entries("ffnRatios", ffnRatios, stages);
      for (int stage = 0; stage < stages; stage++)
        Sizes.divides("heads", heads.get(stage), "d", d.get(stage));
    }

    private int ffn(int stage) {
      return (int) (d.get(stage) * ffnRatios.get(stage).doubleValue());
    }

    private Optional<SpatialReduction.Summaries> summaries(int stage) {
      return linear
          ? Optional.of(SpatialReduction.Summaries.means(d.get(stage), 7, eps))
          : SpatialReduction.Summaries.blocks(d.get(stage), ratios.get(stage), eps);
    }
  }

  private final Config config;
  private final List<Stage> stages;

  /** A model with random weights, on the CPU. */
  public PvtV2(Config c) {
    this.config = c;
    List<Stage> made = new ArrayList<>();
    for (int stage = 0, block = 0; stage < c.stages(); block += c.depths().get(stage++))
      made.add(new Stage(c, stage, block));
    this.stages = children("stage", made);
  }

  private static final class Block extends Module {
    private final LayerNorm attentionNorm;
    private final SpatialReduction attention;
    private final LayerNorm ffnNorm;
    private final Linear ffnIn;
    private final Convolution depthwise;
    private final Linear ffnOut;
    private final UnaryOperator<Tensor> before;
    private final Activation activation;
    private final Dropout dropout;
    private final DropPath path;

    Block(Config c, int stage, double dropPath) {
      int d = c.d().get(stage);
      attentionNorm = child("attentionNorm", new LayerNorm(d, c.eps()));
      attention =
          child(
              "attention",
              new SpatialReduction(
                  d, c.heads().get(stage), c.summaries(stage), c.qkvBias(), c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(d, c.eps()));
      int f = c.ffn(stage);
      ffnIn = child("ffnIn", new Linear(d, f, true));
      Convolution.Window near = Convolution.Window.square(3, 1, 1).groups(f);
      depthwise = child("depthwise", new Convolution(f, f, near, true));
      ffnOut = child("ffnOut", new Linear(f, d, true));
      before = c.linear() ? Tensor::relu : x -> x;
      activation = c.activation();
      dropout = child("dropout", new Dropout(c.dropout()));
      path = child("path", new DropPath(dropPath));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, long height, long width) {
      Tensor attended = attention.forward(attentionNorm.forward(x), height, width);
      Tensor seen = path.residual(x, dropout.forward(attended));
      Tensor told = ffn(ffnNorm.forward(seen), height, width);
      return path.residual(seen, dropout.forward(told));
    }

    private Tensor ffn(Tensor x, long height, long width) {
      Tensor map = Grids.map(before.apply(ffnIn.forward(x)), height, width); // (B, F, h, w)
      Tensor near = Grids.sequence(depthwise.forward(map)); // (B, T, F)
      return ffnOut.forward(dropout.forward(activation.forward(near))); // (B, T, D)
    }
  }

  private static final class Stage extends Module {
    private final Convolution patches;
    private final LayerNorm patchNorm;
    private final List<Block> blocks;
    private final LayerNorm norm;

    /**
     * @param first the number of its first block among all
     */
    Stage(Config c, int stage, int first) {
      int in = stage == 0 ? c.channels() : c.d().get(stage - 1);
      int d = c.d().get(stage);
      int patch = c.patches().get(stage);
      Convolution.Window window =
          Convolution.Window.square(patch, c.strides().get(stage), patch / 2);
      patches = child("patches", new Convolution(in, d, window, true));
      patchNorm = child("patchNorm", new LayerNorm(d, c.eps()));
      int all = c.depths().stream().mapToInt(Integer::intValue).sum();
      blocks =
          children(
              "block",
              IntStream.range(0, c.depths().get(stage))
                  .mapToObj(i -> new Block(c, stage, DropPath.rate(c.dropPath(), first + i, all)))
                  .toList());
      norm = child("norm", new LayerNorm(d, c.eps()));
    }

    /** (B, D', h', w') → (B, D, h, w). */
    Tensor forward(Tensor map) {
      Tensor cut = patches.forward(map); // (B, D, h, w)
      long height = cut.size(2);
      long width = cut.size(3);
      Tensor x = patchNorm.forward(Grids.sequence(cut)); // (B, T, D)
      for (Block block : blocks) x = block.forward(x, height, width);
      return show("hidden_states", Grids.map(norm.forward(x), height, width));
    }
  }

  /** (B, C, H, W) → the last stage's map (B, D, h, w). */
  @Override
  public Tensor encode(Tensor pixels) {
    Grids.check(pixels, config.channels());
    Tensor x = pixels;
    for (Stage stage : stages) x = stage.forward(x);
    return x;
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.stage.*.patches.*                                 = pvt_v2.encoder.layers.*.patch_embedding.proj.*
      encoder.stage.*.patchNorm.*                               = pvt_v2.encoder.layers.*.patch_embedding.layer_norm.*
      encoder.stage.*.block.*.attentionNorm.*                   = pvt_v2.encoder.layers.*.blocks.*.layer_norm_1.*
      encoder.stage.*.block.*.attention.q.*                     = pvt_v2.encoder.layers.*.blocks.*.attention.query.*
      encoder.stage.*.block.*.attention.kv.*                    = pvt_v2.encoder.layers.*.blocks.*.attention.{key,value}.*
      encoder.stage.*.block.*.attention.summaries.convolution.* = pvt_v2.encoder.layers.*.blocks.*.attention.spatial_reduction.*
      encoder.stage.*.block.*.attention.summaries.norm.*        = pvt_v2.encoder.layers.*.blocks.*.attention.layer_norm.*
      encoder.stage.*.block.*.attention.heads.out.*             = pvt_v2.encoder.layers.*.blocks.*.attention.proj.*
      encoder.stage.*.block.*.ffnNorm.*                         = pvt_v2.encoder.layers.*.blocks.*.layer_norm_2.*
      encoder.stage.*.block.*.ffnIn.*                           = pvt_v2.encoder.layers.*.blocks.*.mlp.dense1.*
      encoder.stage.*.block.*.depthwise.*                       = pvt_v2.encoder.layers.*.blocks.*.mlp.dwconv.dwconv.*
      encoder.stage.*.block.*.ffnOut.*                          = pvt_v2.encoder.layers.*.blocks.*.mlp.dense2.*
      encoder.stage.*.norm.*                                    = pvt_v2.encoder.layers.*.layer_norm.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "PvtV2Model",
              "pvt_v2",
              "pvt_v2.",
              Config.B0,
              (config, labels) -> new ImageModel(new PvtV2(config), Map.of()),
              BODY,
              Modality.IMAGE),
          new Architecture<>(
              "PvtV2ForImageClassification",
              "pvt_v2",
              "pvt_v2.",
              Config.B0,
              (config, labels) -> new ImageModel(new PvtV2(config), classes(config, labels)),
              BODY + "classes.out.* = classifier.*\n",
              Modality.IMAGE));

  private static Map<Task, Head> classes(Config c, int labels) {
    int d = c.d().get(c.stages() - 1);
    return Map.of(Task.CLASS, new ClassHead(d, labels, map -> map.mean(2, 3)));
  }
}
