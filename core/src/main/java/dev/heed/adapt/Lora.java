package dev.heed.adapt;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.nn.Dropout;
import dev.heed.nn.Init;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Low-rank adaptation (Hu et al. 2022, eq. 3): the weights stay as they are, and beside chosen maps
 * W (out, in) a product of two thin ones is learned:
 *
 * <pre>y = x Wᵀ + (α/r) · Dropout(x) Aᵀ Bᵀ,   A (r, in) random, B (out, r) zero at first</pre>
 *
 * <p>rsLoRA (Kalajdzievski 2023) has α/√r, so that large ranks learn as fast as small ones.
 *
 * <p>Maps are chosen by the names that they have in Hugging Face's files, as PEFT does, so that a
 * map that is one of several in a matrix of ours is adapted alone.
 */
public final class Lora implements Addition {
  /** What is adapted, and how far. */
  public record Config(
      @Doc("rank r of the updates") int rank,
      @Doc("updates are scaled by alpha/rank") double alpha,
      @Doc("dropout of the updates' input") double dropout,
      @Doc("maps that are adapted, by the end of their names in Hugging Face's files")
          List<String> targets,
      @Doc("scale by alpha/√rank instead (rsLoRA)") boolean rslora,
      @Doc("parts that are trained and saved whole, by the end of their names")
          List<String> modulesToSave) {
    public static final Config DEFAULT = of(8, 16, 0, List.of("query", "value"));

    public static Config of(int rank, double alpha, double dropout, List<String> targets) {
      return new Config(rank, alpha, dropout, targets, false, List.of());
    }

    public Config {
      if (rank < 1) throw new IllegalArgumentException("rank must be at least 1, not " + rank);
      if (!(alpha > 0)) throw new IllegalArgumentException("alpha must be above 0, not " + alpha);
      Dropout.probability("dropout", dropout);
      targets = List.copyOf(targets);
      modulesToSave = List.copyOf(modulesToSave);
    }

    double scale() {
      return alpha / (rslora ? Math.sqrt(rank) : rank);
    }

    boolean adapts(String map) {
      return ends(map, targets);
    }

    /** Whether a weight of Hugging Face's name is trained whole. */
    boolean saves(String weight) {
      return ends(weight.replaceFirst("\\.[^.]+$", ""), modulesToSave);
    }

    private static boolean ends(String name, List<String> ends) {
      return ends.stream().anyMatch(end -> name.equals(end) || name.endsWith("." + end));
    }
  }

  /** One update, of rows [start, start + out) of a map's output. */
  private static final class Update extends Module implements Linear.Branch {
    private final Tensor a; // (r, in)
    private final Tensor b; // (out, r)
    private final Dropout dropout;
    private final double scale;
    private final long start;

    Update(Config c, long in, long out, long start) {
      this.a = parameter("a", Init.xavier(c.rank(), in));
      this.b = parameter("b", Init.zeros(out, c.rank()));
      this.dropout = child("dropout", new Dropout(c.dropout()));
      this.scale = c.scale();
      this.start = start;
    }

    @Override
    public Tensor add(Tensor x, Tensor y) {
      Tensor thin = dropout.forward(x).matmul(a.transpose(0, 1)); // (…, r)
      y.narrow(-1, start, b.size(0)).add_(thin.matmul(b.transpose(0, 1)), scale); // (…, out)
      return y;
    }

    /** (α/r) · B A, (out, in). */
    Tensor product() {
      return b.matmul(a).mul(scale);
    }
  }

  private record Place(Linear map, Update update) {}

  private final Config config;
  private final Map<String, Place> places; // [name of the map in Hugging Face's files]

  private Lora(Config config, Map<String, Place> places) {
    this.config = config;
    this.places = places;
  }

  /**
   * Adds updates to a model's maps. All else but the parts to save stops being trained.
   *
   * @param stored the names under which a parameter of the model's is stored, one after another for
   *     a matrix that holds several maps
   * @throws UserError if no map has one of the names
   */
  public static Lora add(Module model, Function<String, List<String>> stored, Config config) {
    model.weights().forEach(weight -> weight.requiresGrad(false));
    model
        .parameters()
        .forEach(
            (name, weight) -> {
              if (stored.apply(name).stream().anyMatch(config::saves)) weight.requiresGrad(true);
            });
    Map<String, List<Long>> blocks = model.blocks(); // before there are updates
    Map<String, Place> places = new LinkedHashMap<>();
    List<String> known = new ArrayList<>();
    model.visit(
        "",
        (prefix, part) -> {
          if (!(part instanceof Linear linear)) return;
          List<String> names = stored.apply(prefix + "weight");
          List<Long> rows =
              names.size() == 1 ? List.of(linear.weight().size(0)) : blocks.get(prefix + "weight");
          long start = 0;
          for (int i = 0; i < names.size(); start += rows.get(i++)) {
            String map = names.get(i).replaceFirst("\\.weight$", "");
            known.add(map);
            if (!config.adapts(map)) continue;
            Update update = new Update(config, linear.weight().size(1), rows.get(i), start);
            linear.branch("lora" + i, update);
            places.put(map, new Place(linear, update));
          }
        });
    if (places.isEmpty())
      throw new UserError(
          "no map is called %s: there are %s"
              .formatted(String.join(" or ", config.targets()), String.join(", ", known)));
    return new Lora(config, places);
  }

  public Config config() {
    return config;
  }

  /** A and B of every map, under PEFT's names. */
  @Override
  public Map<String, Tensor> weights() {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    places.forEach(
        (map, place) -> {
          weights.put("base_model.model." + map + ".lora_A.weight", place.update().a);
          weights.put("base_model.model." + map + ".lora_B.weight", place.update().b);
        });
    return weights;
  }

  @Override
  public boolean merges() {
    return true;
  }

  /** W ← W + (α/r) · B A throughout; the model has no updates any more. */
  @Override
  public void leave() {
    try (NoGrad off = NoGrad.on()) {
      for (Place place : places.values()) {
        Update update = place.update();
        place.map().weight().narrow(0, update.start, update.b.size(0)).add_(update.product());
      }
    }
    places.values().forEach(place -> place.map().unbranch());
  }
}
