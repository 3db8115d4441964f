package dev.heed.adapt;

import dev.heed.attention.GroupedQueryAttention;
import dev.heed.attention.Kernel;
import dev.heed.attention.KeyValues;
import dev.heed.attention.MegatronAttention;
import dev.heed.attention.MultiHead;
import dev.heed.attention.ScaledDotProduct;
import dev.heed.attention.SelfAttention;
import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.nn.Sizes;
import dev.heed.position.Alibi;
import dev.heed.position.Places;
import dev.heed.position.RelativeBias;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Prefix tuning (Li and Liang 2021, section 4.2): keys and values that are learned stand before
 * those of the tokens in each layer, and all else stays as it is:
 *
 * <pre>K ← [Pₖ; K],  V ← [Pᵥ; V]</pre>
 *
 * <p>As in PEFT, tokens stand behind the prefix: their positions begin at its length. The numbers
 * are learned themselves, without the network that makes them in the paper's section 4.3.
 */
public final class Prefix implements Addition {
  /** How long it is. */
  public record Config(@Doc("virtual tokens before each layer's keys and values") int length) {
    public static final Config DEFAULT = new Config(20);

    public Config {
      Sizes.positive("length", length);
    }
  }

  private static final double DEVIATION = 0.02;

  /** Keys and values of all layers: (P, layers·2·D). */
  private static final class Table extends Module {
    private final Tensor weight;

    Table(long length, long size) {
      weight = parameter("weight", Init.normal(DEVIATION, length, size));
    }
  }

  /** Those of one layer. */
  private static final class Layer extends Module implements MultiHead.Before {
    private final Table table;
    private final long keys; // their first column
    private final long size; // D

    Layer(Table table, long layer, long size) {
      this.table = child("table", table);
      this.keys = 2 * layer * size;
      this.size = size;
    }

    @Override
    public KeyValues get(long batch, long heads) {
      return new KeyValues(columns(keys, batch, heads), columns(keys + size, batch, heads));
    }

    private Tensor columns(long from, long batch, long heads) {
      long length = table.weight.size(0);
      return table
          .weight
          .narrow(1, from, size) // (P, D)
          .view(1, length, heads, size / heads)
          .transpose(1, 2) // (1, H, P, Dh)
          .expand(batch, -1, -1, -1);
    }
  }

  private final Config config;
  private final Table table;
  private final int heads;
  private final List<MultiHead> layers;
  private final List<Places> places;

  private Prefix(
      Config config, Table table, int heads, List<MultiHead> layers, List<Places> places) {
    this.config = config;
    this.table = table;
    this.heads = heads;
    this.layers = layers;
    this.places = places;
  }

  /**
   * Adds a prefix. All else stops being trained.
   *
   * @throws UserError if the model has attention or positions that don't know what stands before
   */
  public static Prefix add(Module model, Config config) {
    List<MultiHead> layers = new ArrayList<>();
    List<Places> places = new ArrayList<>();
    List<String> all = new ArrayList<>();
    List<String> able = new ArrayList<>();
    long[] size = {0};
    int[] groups = {0};
    Map<String, List<Long>> blocks = model.blocks();
    model.visit(
        "",
        (prefix, part) -> {
          if (part instanceof Places known) places.add(known);
          if (part instanceof RelativeBias || part instanceof Alibi)
            throw new UserError(
                "adapt.kind prefix needs positions that are added or turned, and this model's are in its scores (%s): take lora"
                    .formatted(part.getClass().getSimpleName()));
          if (part instanceof Kernel && !(part instanceof ScaledDotProduct))
            throw new UserError(
                "adapt.kind prefix needs scaled dot-product attention, and this model has %s: take lora"
                    .formatted(part.getClass().getSimpleName()));
          if (part instanceof MultiHead heads && !layers.contains(heads)) {
            layers.add(heads);
            all.add(prefix);
          }
          if (part instanceof SelfAttention
              || part instanceof GroupedQueryAttention
              || part instanceof MegatronAttention) {
            able.add(prefix + "heads.");
            List<Long> rows = blocks.get(prefix + "qkv.weight");
            size[0] = rows.get(rows.size() - 1);
          }
          if (part instanceof GroupedQueryAttention shared) groups[0] = shared.shape().groups();
        });
    if (layers.isEmpty() || places.isEmpty() || !able.containsAll(all))
      throw new UserError(
          "adapt.kind prefix is for encoders and decoders with plain self-attention and positions, such as BERT's and GPT-2's, and this model isn't one: take lora");
    model.weights().forEach(weight -> weight.requiresGrad(false));
    Table table = new Table(config.length(), 2 * layers.size() * size[0]);
    for (int i = 0; i < layers.size(); i++) layers.get(i).before(new Layer(table, i, size[0]));
    places.forEach(part -> part.shift(config.length()));
    int heads = groups[0] > 0 ? groups[0] : layers.get(0).count();
    return new Prefix(config, table, heads, layers, places);
  }

  public Config config() {
    return config;
  }

  public int layers() {
    return layers.size();
  }

  /** H of the keys. */
  public int heads() {
    return heads;
  }

  /** D of the keys. */
  public long size() {
    return table.weight.size(1) / (2L * layers.size());
  }

  @Override
  public Map<String, Tensor> weights() {
    return Map.of("prompt_embeddings", table.weight);
  }

  @Override
  public void leave() {
    layers.forEach(MultiHead::nothingBefore);
    places.forEach(part -> part.shift(0));
  }
}
