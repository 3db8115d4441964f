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
import dev.heed.nn.Extent;
import dev.heed.nn.FeedForward;
import dev.heed.nn.Grids;
import dev.heed.nn.Head;
import dev.heed.nn.Init;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * PVT (Wang et al. 2021): a pyramid of maps, coarser and wider from stage to stage, whose places
 * attend to summaries of the map.
 *
 * <pre>
 * stage  x ← Dropout(LN(patches of the map E) + P), in the last one with a vector of the class
 * block  x ← x + SpatialReduction(LN(x));  x ← x + FFN(LN(x))
 * output LN(x), of which the first vector stands for the image
 * </pre>
 *
 * <p>Differs from {@link Vit} by stages and by {@link SpatialReduction}; from {@link Swin} by
 * seeing the whole map at once. B images of C channels, T places of a map, D a stage's width.
 */
public final class Pvt extends Module implements ImageEncoder {
  /** Sizes and choices, an entry a stage; {@link #TINY} is the paper's PVT-Tiny. */
  public record Config(
      @Key("image_size") @Doc("height and width of images in pixels") int image,
      @Key("num_channels") @Doc("channels C") int channels,
      @Key("num_encoder_blocks") @Doc("stages") int stages,
      @Key("depths") @Doc("blocks of each stage") List<Integer> depths,
      @Key("sequence_reduction_ratios") @Doc("side R of the blocks that are summed up")
          List<Integer> ratios,
      @Key("hidden_sizes") @Doc("width D of each stage") List<Integer> d,
      @Key("patch_sizes") @Doc("side of patches in places of the map before") List<Integer> patches,
      @Key("strides") @Doc("side of what a patch is made of; the same as `patches` in the paper")
          List<Integer> strides,
      @Key("num_attention_heads") @Doc("attention heads of each stage") List<Integer> heads,
      @Key("mlp_ratios") @Doc("feed-forward width by the stage's") List<Number> ffnRatios,
      @Key("hidden_act") @Doc("the feed-forward layer's nonlinearity") Activation activation,
      @Key("hidden_dropout_prob") @Doc("dropout of embeddings and sublayers") double dropout,
      @Key("attention_probs_dropout_prob") @Doc("dropout of keys") double attentionDropout,
      @Key("drop_path_rate") @Doc("how often the last block's branches are left out")
          double dropPath,
      @Key("layer_norm_eps") @Doc("added to variances") double eps,
      @Key("qkv_bias") @Doc("biases of queries, keys and values") boolean qkvBias) {
    public static final Config TINY =
        new Config(
            224,
            3,
            4,
            List.of(2, 2, 2, 2),
            List.of(8, 4, 2, 1),
            List.of(64, 128, 320, 512),
            List.of(4, 2, 2, 2),
            List.of(4, 2, 2, 2),
            List.of(1, 2, 5, 8),
            List.of(8, 8, 4, 4),
            Activation.GELU,
            0,
            0,
            0,
            1e-6,
            true);

    public Config {
      Sizes.positive("image", image);
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
      if (ratios.get(stages - 1) != 1)
        throw new IllegalArgumentException(
            "the last stage's reduction ratio must be 1, not %d: its first vector has no place on the map"
                .formatted(ratios.get(stages - 1)));
    }

    private int ffn(int stage) {
      return (int) (d.get(stage) * ffnRatios.get(stage).doubleValue());
    }

    /** The places that a stage has positions for. */
    private int places(int stage) {
      Extent map = Extent.square(stage == 0 ? image : image >> (stage + 1));
      return map.over(Extent.square(patches.get(stage))).area();
    }
  }

  private final Config config;
  private final List<Stage> stages;
  private final LayerNorm norm;

  /** A model with random weights, on the CPU. */
  public Pvt(Config c) {
    this.config = c;
    List<Stage> made = new ArrayList<>();
    for (int stage = 0, block = 0; stage < c.stages(); block += c.depths().get(stage++))
      made.add(new Stage(c, stage, block));
    this.stages = children("stage", made);
    this.norm = child("norm", new LayerNorm(c.d().get(c.stages() - 1), c.eps()));
  }

  private static final class Block extends Module {
    private final LayerNorm attentionNorm;
    private final SpatialReduction attention;
    private final LayerNorm ffnNorm;
    private final FeedForward ffn;
    private final Dropout dropout;
    private final DropPath path;

    Block(Config c, int stage, double dropPath) {
      int d = c.d().get(stage);
      attentionNorm = child("attentionNorm", new LayerNorm(d, c.eps()));
      attention =
          child(
              "attention",
              new SpatialReduction(
                  d,
                  c.heads().get(stage),
                  SpatialReduction.Summaries.blocks(d, c.ratios().get(stage), c.eps()),
                  c.qkvBias(),
                  c.attentionDropout()));
      ffnNorm = child("ffnNorm", new LayerNorm(d, c.eps()));
      ffn = child("ffn", new FeedForward(d, c.ffn(stage), c.activation(), c.dropout()));
      dropout = child("dropout", new Dropout(c.dropout()));
      path = child("path", new DropPath(dropPath));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, long height, long width) {
      Tensor attended = attention.forward(attentionNorm.forward(x), height, width);
      Tensor seen = path.residual(x, dropout.forward(attended));
      return path.residual(seen, dropout.forward(ffn.forward(ffnNorm.forward(seen))));
    }
  }

  private static final class Stage extends Module {
    private final Convolution patches;
    private final LayerNorm norm;
    private final Optional<Tensor> classToken; // (1, 1, D)
    private final Tensor positions; // (1, T, D)
    private final Dropout dropout;
    private final List<Block> blocks;

    /**
     * @param first the number of its first block among all
     */
    Stage(Config c, int stage, int first) {
      int in = stage == 0 ? c.channels() : c.d().get(stage - 1);
      int d = c.d().get(stage);
      // Hugging Face has it so: the kernel's side is the stride, and the step the patch's side.
      Convolution.Window window =
          Convolution.Window.square(c.strides().get(stage), c.patches().get(stage), 0);
      patches = child("patches", new Convolution(in, d, window, true));
      norm = child("norm", new LayerNorm(d, c.eps()));
      boolean last = stage == c.stages() - 1;
      classToken =
          last
              ? Optional.of(parameter("classToken", Init.normal(0.02, 1, 1, d)))
              : Optional.empty();
      int length = c.places(stage) + (last ? 1 : 0);
      positions = parameter("positions", Init.normal(0.02, 1, length, d));
      dropout = child("dropout", new Dropout(c.dropout()));
      int all = c.depths().stream().mapToInt(Integer::intValue).sum();
      blocks =
          children(
              "block",
              IntStream.range(0, c.depths().get(stage))
                  .mapToObj(i -> new Block(c, stage, DropPath.rate(c.dropPath(), first + i, all)))
                  .toList());
    }

    /** (B, D', h', w') → (B, D, h, w), or (B, 1 + h·w, D) from the last stage. */
    Tensor forward(Tensor map) {
      Tensor cut = patches.forward(map); // (B, D, h, w)
      long height = cut.size(2);
      long width = cut.size(3);
      Tensor seen = norm.forward(Grids.sequence(cut)); // (B, h·w, D)
      Tensor all =
          classToken
              .map(first -> first.expand(seen.size(0), 1, seen.size(2)))
              .map(first -> Tensor.cat(1, List.of(first, seen)))
              .orElse(seen); // (B, T, D)
      Tensor x = dropout.forward(all.add(positions));
      for (Block block : blocks) x = show("hidden_states", block.forward(x, height, width));
      return classToken.isPresent() ? x : Grids.map(x, height, width);
    }
  }

  /** (B, C, H, W) → (B, T, D) of the last stage, the vector of the image first. */
  @Override
  public Tensor encode(Tensor pixels) {
    Grids.check(pixels, config.channels(), Extent.square(config.image()));
    Tensor x = pixels;
    for (Stage stage : stages) x = stage.forward(x);
    return show("hidden_states", norm.forward(x)); // (B, T, D)
  }

  // ---- Hugging Face's names ---------------------------------------------------------------------

  private static final String BODY =
      """
      encoder.stage.*.patches.*                                   = pvt.encoder.patch_embeddings.*.projection.*
      encoder.stage.*.norm.*                                      = pvt.encoder.patch_embeddings.*.layer_norm.*
      encoder.stage.*.classToken                                  = pvt.encoder.patch_embeddings.*.cls_token
      encoder.stage.*.positions                                   = pvt.encoder.patch_embeddings.*.position_embeddings
      encoder.stage.*.block.*.attentionNorm.*                     = pvt.encoder.block.*.*.layer_norm_1.*
      encoder.stage.*.block.*.attention.q.*                       = pvt.encoder.block.*.*.attention.self.query.*
      encoder.stage.*.block.*.attention.kv.*                      = pvt.encoder.block.*.*.attention.self.{key,value}.*
      encoder.stage.*.block.*.attention.summaries.convolution.*   = pvt.encoder.block.*.*.attention.self.sequence_reduction.*
      encoder.stage.*.block.*.attention.summaries.norm.*          = pvt.encoder.block.*.*.attention.self.layer_norm.*
      encoder.stage.*.block.*.attention.heads.out.*               = pvt.encoder.block.*.*.attention.output.dense.*
      encoder.stage.*.block.*.ffnNorm.*                           = pvt.encoder.block.*.*.layer_norm_2.*
      encoder.stage.*.block.*.ffn.in.*                            = pvt.encoder.block.*.*.mlp.dense1.*
      encoder.stage.*.block.*.ffn.out.*                           = pvt.encoder.block.*.*.mlp.dense2.*
      encoder.norm.*                                              = pvt.encoder.layer_norm.*
      """;

  public static final List<Architecture<Config>> ARCHITECTURES =
      List.of(
          new Architecture<>(
              "PvtModel",
              "pvt",
              "pvt.",
              Config.TINY,
              (config, labels) -> new ImageModel(new Pvt(config), Map.of()),
              BODY,
              Modality.IMAGE),
          new Architecture<>(
              "PvtForImageClassification",
              "pvt",
              "pvt.",
              Config.TINY,
              (config, labels) -> new ImageModel(new Pvt(config), classes(config, labels)),
              BODY + "classes.out.* = classifier.*\n",
              Modality.IMAGE));

  private static Map<Task, Head> classes(Config c, int labels) {
    int d = c.d().get(c.stages() - 1);
    return Map.of(Task.CLASS, new ClassHead(d, labels, hidden -> hidden.select(1, 0)));
  }
}
