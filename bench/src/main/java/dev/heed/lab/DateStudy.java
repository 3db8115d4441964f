package dev.heed.lab;

import dev.heed.attention.Mechanism;
import dev.heed.attention.Mechanisms;
import dev.heed.attention.Place;
import dev.heed.config.Configs;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.model.Transformer;
import dev.heed.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What every mechanism of {@link Mechanisms} learns of dates: each is trained in all places of the
 * encoder–decoder that can take it, with scaled dot products in the others.
 */
public final class DateStudy {
  /** The longest source, in tokens; some mechanisms have parameters for each position. */
  private static final int POSITIONS = 64;

  /** The exact match that a mechanism is expected to reach. */
  private static final double AIM = 0.95;

  private static final Kind DOT = Kind.of("scaled_dot_product");

  /**
   * Options that fit the 20 to 40 tokens of a date, of which most leave a mechanism less to see.
   */
  private static final Map<String, Map<String, Object>> OPTIONS =
      Map.of(
          "flash", Map.of("block", 16),
          "shaw", Map.of("clip", 8),
          "local", Map.of("shape", "window", "width", 8),
          "sparse_transformer", Map.of("stride", 8, "summaries", 2),
          "longformer", Map.of("window", 8),
          "bigbird", Map.of("block", 8),
          "linformer", Map.of("rank", 32),
          "performer", Map.of("redraw", 0), // a draw shortly before the end would be a new model
          "nystrom", Map.of("landmarks", 16),
          "lsh", Map.of("chunk", 16));

  private final Grid grid;

  /**
   * @param grid of a recipe whose corpus are dates
   */
  public DateStudy(Grid grid) {
    this.grid = grid;
  }

  /**
   * @param mechanisms some of {@link Mechanisms#names}
   * @throws UserError if one is unknown
   */
  public List<Trial> trials(List<String> mechanisms) {
    Transformer.Config model = grid.transformer(overrides());
    return grid.trials(
        mechanisms.stream().map(name -> variant(name, model)).toList(),
        (written, quality) -> Map.of());
  }

  private static List<String> overrides() {
    return List.of("model.positions=" + POSITIONS);
  }

  private static Grid.Variant variant(String name, Transformer.Config model) {
    Kind kind = new Kind(name, new TreeMap<>(OPTIONS.getOrDefault(name, Map.of())));
    Mechanism mechanism = Mechanisms.of(kind); // which refuses unknown names
    Optional<String> encoder = refusal(() -> Mechanisms.self(kind, place(model, false)));
    Optional<String> decoder = refusal(() -> Mechanisms.self(kind, place(model, true)));
    Optional<String> cross = refusal(() -> Mechanisms.cross(kind, place(model, false), model.d()));
    List<String> overrides = new ArrayList<>(overrides());
    overrides.add("model.attention=" + written(encoder.isEmpty() ? kind : DOT));
    overrides.add("model.decoderAttention=" + written(decoder.isEmpty() ? kind : DOT));
    overrides.add("model.crossAttention=" + written(cross.isEmpty() ? kind : DOT));
    Map<String, Object> told = new LinkedHashMap<>();
    told.put("options", kind.options().isEmpty() ? "" : Configs.toLine(kind.options()));
    told.put("growth", mechanism.traits().complexity().formula());
    told.put("encoder", encoder.orElse(YES));
    told.put("decoder", decoder.orElse(YES));
    told.put("cross", cross.orElse(YES));
    return new Grid.Variant(Map.of("mechanism", name), overrides, told);
  }

  private static final String YES = "yes";

  private static Place place(Transformer.Config model, boolean causal) {
    return new Place(model.d(), model.heads(), model.positions(), model.attentionDropout(), causal);
  }

  /** As {@code --set} reads it. */
  private static String written(Kind kind) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("kind", kind.kind());
    all.putAll(kind.options());
    return Configs.toLine(all);
  }

  /** Why a place can't take it, without advice; nothing if it can. */
  private static Optional<String> refusal(Runnable make) {
    try (Scope scope = Scope.open()) {
      make.run();
      return Optional.empty();
    } catch (UserError e) {
      return Optional.of(
          "no, "
              + e.getMessage().replaceFirst("^attention \\w+ ", "").replaceFirst(": give .*", ""));
    }
  }

  /** What the report says. */
  public Findings findings(List<Row> rows) {
    String exact = grid.quality().title();
    List<Row> trained = rows.stream().filter(row -> row.failure().isEmpty()).toList();
    long reached = trained.stream().filter(row -> row.number(exact) >= AIM).count();
    List<String> below =
        trained.stream()
            .filter(row -> !(row.number(exact) >= AIM))
            .map(row -> "%s (%s)".formatted(row.part("mechanism"), Table.say(row.number(exact))))
            .toList();
    String summary =
        ("%d of %d mechanisms reach an exact match of %s on dates that no run has trained on%s."
                + " Each was trained once, with one seed, in every place that can take it; scaled"
                + " dot products stand in the others. Speeds are those of short sequences, about 20"
                + " to 40 characters in and 11 out, where what is linear in the length gains nothing.")
            .formatted(
                reached,
                rows.size(),
                AIM,
                below.isEmpty() ? "" : "; below it are " + String.join(", ", below));
    return new Findings(
        "Dates by every attention mechanism",
        List.of(summary),
        Map.of("curves", grid.curves(trained)));
  }
}
