package dev.heed.lab;

import dev.heed.inspect.Plot;
import dev.heed.model.Transformer;
import dev.heed.model.Vocabulary;
import dev.heed.nn.Init;
import dev.heed.recipe.Recipe;
import dev.heed.tensor.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The Transformer beside the encoder–decoders before it, of nearly as many parameters, on one
 * corpus. What their structures cost is as table 1 of "Attention Is All You Need" (Vaswani et al.
 * 2017) has it.
 */
public final class ArchitectureStudy {
  /** Widths are multiples of it: directions divide them. */
  private static final int STEP = 2;

  private static final int WIDEST = 4096;

  private static final List<String> QUARTERS =
      List.of("shortest quarter", "second quarter", "third quarter", "longest quarter");

  /**
   * One of them, n tokens long, k the width of a kernel.
   *
   * @param steps operations of a layer that wait for each other
   * @param path the longest way of a signal between two places of a sequence
   * @param across the longest way from a source token to a target token
   */
  private record Design(
      String name, List<String> overrides, String steps, String path, String across) {}

  private static final String CONSTANT = "O(1)";
  private static final String LINEAR = "O(n)";

  private static final List<Design> DESIGNS =
      List.of(
          new Design("Transformer", List.of(), CONSTANT, CONSTANT, CONSTANT),
          recurrent("LSTM, fixed vector", "lstm", "fixed", LINEAR),
          recurrent("GRU, fixed vector", "gru", "fixed", LINEAR),
          recurrent("LSTM, Bahdanau", "lstm", "bahdanau", CONSTANT),
          recurrent("LSTM, Luong", "lstm", "{kind: luong, inputFeeding: true}", CONSTANT),
          new Design(
              "convolutional",
              List.of("model.kind=convolutional"),
              CONSTANT,
              "O(n/k), or O(log_k n) if dilated",
              CONSTANT));

  private static Design recurrent(String name, String cell, String attention, String across) {
    return new Design(
        name,
        List.of(
            "model.kind=recurrent",
            "model.cell=" + cell,
            "model.layers=2",
            "model.attention=" + attention),
        LINEAR,
        LINEAR,
        across);
  }

  private final Grid grid;

  /**
   * @param grid of a recipe whose model is a Transformer
   */
  public ArchitectureStudy(Grid grid) {
    this.grid = grid;
  }

  /** What is to be trained. */
  public List<Trial> trials() {
    Transformer.Config base = grid.transformer(List.of());
    long target = parameters(List.of());
    List<Grid.Variant> variants = new ArrayList<>();
    for (Design design : DESIGNS) {
      List<String> overrides = new ArrayList<>(design.overrides());
      if (!overrides.isEmpty()) {
        overrides.add("model.dropout=" + base.dropout());
        overrides.add("model.tie=" + base.tie().name().toLowerCase(Locale.ROOT));
        overrides.add("model.d=" + width(overrides, target));
      }
      Map<String, Object> told = new LinkedHashMap<>();
      told.put("sequential steps", design.steps());
      told.put("path within a sequence", design.path());
      told.put("path from source to target", design.across());
      variants.add(new Grid.Variant(Map.of("model", design.name()), overrides, told));
    }
    return grid.trials(variants, ArchitectureStudy::byLength);
  }

  /** The width by which a model comes nearest to a number of parameters. */
  private int width(List<String> overrides, long target) {
    int low = 1; // in steps
    int high = WIDEST / STEP;
    while (low < high) {
      int middle = (low + high) / 2;
      if (parameters(overrides, middle) < target) low = middle + 1;
      else high = middle;
    }
    boolean below =
        low > 1 && target - parameters(overrides, low - 1) < parameters(overrides, low) - target;
    return STEP * (below ? low - 1 : low);
  }

  private long parameters(List<String> overrides, int steps) {
    List<String> all = new ArrayList<>(overrides);
    all.add("model.d=" + STEP * steps);
    return parameters(all);
  }

  /** With as many tokens as the recipe asks for, of which small corpora may not have as many. */
  private long parameters(List<String> overrides) {
    Recipe recipe = grid.recipe(overrides);
    int tokens = recipe.text().vocabulary();
    try (Scope scope = Scope.open();
        Init.Skip skip = Init.skip()) {
      return recipe
          .model()
          .create(new Vocabulary(tokens, tokens, 0, 1, 2))
          .module()
          .parameterCount();
    }
  }

  /** Quality in each quarter of the sources by their lengths. */
  private static Map<String, Object> byLength(Grid.Written written, Grid.Quality quality) {
    List<Integer> order =
        IntStream.range(0, written.pairs().size())
            .boxed()
            .sorted((a, b) -> Integer.compare(written.lengths()[a], written.lengths()[b]))
            .toList();
    Map<String, Object> figures = new LinkedHashMap<>();
    List<String> lengths = new ArrayList<>();
    int quarters = QUARTERS.size();
    for (int q = 0; q < quarters; q++) {
      List<Integer> lines =
          order.subList(order.size() * q / quarters, order.size() * (q + 1) / quarters);
      if (lines.isEmpty()) continue;
      figures.put(
          QUARTERS.get(q),
          quality.of(
              lines.stream().map(written.outputs()::get).toList(),
              lines.stream().map(line -> written.pairs().get(line).target()).toList()));
      lengths.add(
          written.lengths()[lines.get(0)] + "–" + written.lengths()[lines.get(lines.size() - 1)]);
    }
    figures.put("source tokens of the quarters", String.join(", ", lengths));
    return figures;
  }

  /** What the report says. */
  public Findings findings(List<Row> rows) {
    List<Row> trained = rows.stream().filter(row -> row.failure().isEmpty()).toList();
    Map<String, NavigableMap<Double, Double>> byLength = new LinkedHashMap<>();
    for (Row row : trained) {
      NavigableMap<Double, Double> points = new TreeMap<>();
      for (int q = 0; q < QUARTERS.size(); q++) {
        double value = row.number(QUARTERS.get(q));
        if (Double.isFinite(value)) points.put(q + 1.0, value);
      }
      byLength.put(row.part("model"), points);
    }
    Map<String, Plot> charts = new LinkedHashMap<>();
    charts.put(
        "by-length",
        new Plot(
            "Quality by the source's length",
            Plot.Axis.linear("quarter of the sources, from the shortest to the longest"),
            Plot.Axis.linear(grid.quality().title()),
            byLength));
    charts.put("curves", grid.curves(trained));
    return new Findings(
        "The Transformer and what came before it",
        List.of(
            "Every model has as nearly as its width allows the parameters of the recipe's"
                + " Transformer, and is trained once, with one seed, on the same batches with the"
                + " same optimizer and bound, which were chosen for the Transformer. A model that"
                + " squeezes a source into one vector is expected to lose most on long sources.",
            "Sequential steps and paths are those of a layer in table 1 of Vaswani et al. 2017, n"
                + " being the length and k a kernel's width; they hold for reading and for training."
                + " When they write, all models take one step after the other."),
        charts);
  }
}
