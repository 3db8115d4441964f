package dev.heed.adapt;

import dev.heed.attention.MultiHead;
import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.nn.Activation;
import dev.heed.nn.ExpertLayer;
import dev.heed.nn.FeedForward;
import dev.heed.nn.GatedFeedForward;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.RmsNorm;
import dev.heed.nn.Sizes;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Bottlenecks behind sublayers (Houlsby et al. 2019, section 2.1), learned while all else stays:
 *
 * <pre>h ← h + act(h Wdᵀ + bd) Wuᵀ + bu,   Wd (m, D), Wu (D, m), both near 0 at first</pre>
 *
 * where h is what a sublayer is about to add to its input. Houlsby et al. have one behind attention
 * and one behind the feed-forward layer, and train the norms too; Pfeiffer et al. (2021, section
 * 3.3) have that behind the feed-forward layer alone, and norms stay. Dropout of the sublayer, if
 * there is one, comes behind the bottleneck here, and before it in their code; Pfeiffer's also
 * norms twice there.
 */
public final class Adapter implements Addition {
  /** Where bottlenecks are. */
  public enum Place {
    HOULSBY,
    PFEIFFER
  }

  /** Sizes and choices; the defaults are Houlsby et al.'s. */
  public record Config(
      @Doc(
              "`houlsby`: behind attention and feed-forward layers, norms trained too; `pfeiffer`:"
                  + " behind feed-forward layers alone")
          Place place,
      @Doc("width m of the bottlenecks") int size,
      @Doc("their nonlinearity") Activation activation) {
    public static final Config DEFAULT = new Config(Place.HOULSBY, 64, Activation.GELU);

    public Config {
      Sizes.positive("size", size);
    }
  }

  /** The deviation that the maps begin with, from the authors' code. */
  private static final double NEAR_ZERO = 1e-3;

  /** One of them. */
  private static final class Bottleneck extends Module implements Linear.Branch {
    private final Linear down;
    private final Linear up;
    private final Activation activation;

    Bottleneck(Config c, long d) {
      down = child("down", new Linear(d, c.size(), true));
      up = child("up", new Linear(c.size(), d, true));
      activation = c.activation();
      try (NoGrad off = NoGrad.on()) {
        down.weight().normal_(0, NEAR_ZERO).clamp_(-2 * NEAR_ZERO, 2 * NEAR_ZERO);
        up.weight().normal_(0, NEAR_ZERO).clamp_(-2 * NEAR_ZERO, 2 * NEAR_ZERO);
      }
    }

    @Override
    public Tensor add(Tensor x, Tensor h) {
      return h.add(up.forward(activation.forward(down.forward(h)))); // (…, D)
    }
  }

  private final Config config;
  private final Map<String, Bottleneck> bottlenecks; // [map behind which it is]
  private final List<Linear> maps;

  private Adapter(Config config, Map<String, Bottleneck> bottlenecks, List<Linear> maps) {
    this.config = config;
    this.bottlenecks = bottlenecks;
    this.maps = maps;
  }

  /**
   * Adds bottlenecks. All else but Houlsby et al.'s norms stops being trained.
   *
   * @param stored the names under which a parameter of the model's is stored
   * @throws UserError if the model has no such sublayers, or experts instead of them
   */
  public static Adapter add(Module model, Function<String, List<String>> stored, Config config) {
    Map<String, Linear> last = new LinkedHashMap<>();
    List<Module> norms = new ArrayList<>();
    boolean[] attends = {config.place() == Place.PFEIFFER};
    model.visit(
        "",
        (prefix, part) -> {
          if (part instanceof ExpertLayer)
            throw new UserError(
                "adapt.kind adapter is for feed-forward layers, and this model has experts: take lora");
          if (part instanceof LayerNorm || part instanceof RmsNorm) norms.add(part);
          if (part instanceof FeedForward ffn) last.put(prefix + "out.", ffn.last());
          if (part instanceof GatedFeedForward ffn) last.put(prefix + "out.", ffn.last());
          if (config.place() == Place.HOULSBY && part instanceof MultiHead heads) {
            last.put(prefix + "out.", heads.last());
            attends[0] = true;
          }
        });
    if (last.isEmpty() || !attends[0])
      throw new UserError(
          last.isEmpty()
              ? "adapt.kind adapter needs feed-forward layers, and this model has none of the usual kind: take lora"
              : "adapt.adapter.place houlsby needs attention by heads with one output map, which this model hasn't: take pfeiffer");
    model.weights().forEach(weight -> weight.requiresGrad(false));
    if (config.place() == Place.HOULSBY)
      norms.forEach(norm -> norm.weights().forEach(weight -> weight.requiresGrad(true)));
    Map<String, Bottleneck> bottlenecks = new LinkedHashMap<>();
    List<Linear> maps = new ArrayList<>();
    last.forEach(
        (prefix, map) -> {
          if (maps.contains(map)) return; // layers that are one
          Bottleneck bottleneck = new Bottleneck(config, map.weight().size(0));
          map.branch("adapter", bottleneck);
          maps.add(map);
          bottlenecks.put(
              stored.apply(prefix + "weight").get(0).replaceFirst("\\.weight$", ""), bottleneck);
        });
    return new Adapter(config, bottlenecks, maps);
  }

  public Config config() {
    return config;
  }

  /** Such as {@code bert.encoder.layer.0.output.dense.adapter.down.weight}. */
  @Override
  public Map<String, Tensor> weights() {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    bottlenecks.forEach(
        (map, bottleneck) ->
            bottleneck
                .parameters()
                .forEach((name, weight) -> weights.put(map + ".adapter." + name, weight)));
    return weights;
  }

  @Override
  public void leave() {
    maps.forEach(Linear::unbranch);
  }
}
