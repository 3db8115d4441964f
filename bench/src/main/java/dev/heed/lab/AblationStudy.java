package dev.heed.lab;

import dev.heed.config.UserError;
import dev.heed.model.Transformer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The rows of table 3 of "Attention Is All You Need" (Vaswani et al. 2017) from a smaller model on
 * a smaller corpus: each changes what the paper's row changes, by the same factor.
 */
public final class AblationStudy {
  /**
   * A row.
   *
   * @param group the paper's letter, or base
   * @param change what differs from the base, by this study's sizes
   * @param paper what the paper's row says
   */
  private record Line(String group, String change, List<String> overrides, Published paper) {}

  /** A row of the table: perplexity per token and BLEU on newstest2013, English to German. */
  private record Published(String change, double perplexity, double bleu) {}

  private static final Published BASE = new Published("", 4.92, 25.8);

  /** Smaller differences count as none: of perplexities, as a share. */
  private static final double PERPLEXITY = 0.01;

  /** Of BLEU, and of a hundred times exact match. */
  private static final double POINTS = 0.2;

  private final Grid grid;
  private final List<Line> lines;

  /**
   * @param grid of a recipe whose model is a Transformer
   * @param groups some of {@code A} to {@code E}; the base is always among the rows
   * @throws UserError if there is none of that name
   */
  public AblationStudy(Grid grid, List<String> groups) {
    this.grid = grid;
    List<Line> all =
        lines(grid.transformer(List.of()), grid.recipe(List.of()).train().labelSmoothing());
    for (String group : groups)
      if (all.stream().noneMatch(line -> line.group().equals(group)))
        throw new UserError("there is no row %s here: give some of A, B, C, D, E".formatted(group));
    this.lines =
        all.stream().filter(line -> line.paper() == BASE || groups.contains(line.group())).toList();
  }

  private static List<Line> lines(Transformer.Config c, double smoothing) {
    List<Line> lines = new ArrayList<>();
    lines.add(new Line("base", "", List.of(), BASE));
    for (var heads : heads(c).entrySet())
      lines.add(line("A", "model.heads", heads.getKey(), heads.getValue()));
    int keySize = c.d() / c.heads();
    lines.addAll(keys(keySize / 4, new Published("key size 16 of 64", 5.16, 25.1)));
    lines.addAll(keys(keySize / 2, new Published("key size 32 of 64", 5.01, 25.4)));
    lines.addAll(layers(c, 2, new Published("2 layers of 6", 6.11, 23.7)));
    lines.addAll(layers(c, 4, new Published("4 layers of 6", 5.19, 25.3)));
    lines.addAll(layers(c, 8, new Published("8 layers of 6", 4.88, 25.5)));
    if (c.d() / 2 % (2 * c.heads()) == 0)
      lines.add(line("C", "model.d", c.d() / 2, new Published("d 256 of 512", 5.75, 24.5)));
    lines.add(line("C", "model.d", 2 * c.d(), new Published("d 1024 of 512", 4.66, 26.0)));
    lines.add(line("C", "model.ffn", c.ffn() / 2, new Published("ffn 1024 of 2048", 5.12, 25.4)));
    lines.add(line("C", "model.ffn", 2 * c.ffn(), new Published("ffn 4096 of 2048", 4.75, 26.2)));
    if (c.dropout() > 0) {
      lines.add(line("D", "model.dropout", 0.0, new Published("dropout 0 of 0.1", 5.77, 24.6)));
      lines.add(
          line(
              "D",
              "model.dropout",
              2 * c.dropout(),
              new Published("dropout 0.2 of 0.1", 4.95, 25.5)));
    }
    if (smoothing > 0) {
      lines.add(
          line("D", "train.labelSmoothing", 0.0, new Published("smoothing 0 of 0.1", 4.67, 25.3)));
      lines.add(
          line(
              "D",
              "train.labelSmoothing",
              2 * smoothing,
              new Published("smoothing 0.2 of 0.1", 5.47, 25.7)));
    }
    lines.add(
        line("E", "model.position", "learned", new Published("learned positions", 4.92, 25.7)));
    return lines;
  }

  private static Line line(String group, String key, Object value, Published paper) {
    String name = key.substring(key.lastIndexOf('.') + 1);
    return new Line(group, name + " " + value, List.of(key + "=" + value), paper);
  }

  /** By number: one, and a half, twice and four times as many as the base has. */
  private static Map<Integer, Published> heads(Transformer.Config c) {
    Map<Integer, Published> heads = new LinkedHashMap<>();
    heads.put(1, new Published("1 head of 8", 5.29, 24.9));
    heads.putIfAbsent(c.heads() / 2, new Published("4 heads of 8", 5.00, 25.5));
    heads.putIfAbsent(2 * c.heads(), new Published("16 heads of 8", 4.91, 25.8));
    heads.putIfAbsent(4 * c.heads(), new Published("32 heads of 8", 5.01, 25.4));
    heads.keySet().removeIf(n -> n < 1 || n == c.heads() || c.d() % n != 0);
    return heads;
  }

  private static List<Line> keys(int size, Published paper) {
    if (size < 1) return List.of();
    String kind = "model.attention={kind: scaled_dot_product, keySize: %d}".formatted(size);
    return List.of(new Line("B", "key size " + size, List.of(kind), paper));
  }

  /** Both stacks shortened or lengthened as the paper's six layers; nothing if none is. */
  private static List<Line> layers(Transformer.Config c, int ofSix, Published paper) {
    int encoder = Math.max(1, Math.round(c.encoder() * ofSix / 6f));
    int decoder = Math.max(1, Math.round(c.decoder() * ofSix / 6f));
    if (encoder == c.encoder() && decoder == c.decoder()) return List.of();
    return List.of(
        new Line(
            "C",
            encoder == decoder ? "layers " + encoder : "layers " + encoder + " and " + decoder,
            List.of("model.encoder=" + encoder, "model.decoder=" + decoder),
            paper));
  }

  /** What is to be trained; rows that come to the same are trained once. */
  public List<Trial> trials() {
    return grid.trials(
        distinct().stream()
            .map(line -> new Grid.Variant(key(line), line.overrides(), Map.of()))
            .toList(),
        (written, quality) -> Map.of());
  }

  private List<Line> distinct() {
    var seen = new TreeSet<String>();
    return lines.stream().filter(line -> seen.add(line.overrides().toString())).toList();
  }

  private static Map<String, Object> key(Line line) {
    Map<String, Object> key = new LinkedHashMap<>();
    key.put("row", line.group());
    key.put("change", line.change());
    return key;
  }

  /** What the report says. */
  public Findings findings(List<Row> rows) {
    List<String> sections = new ArrayList<>();
    sections.add(
        "Each row changes the base in one thing, by the factor by which the paper's table 3 changes"
            + " it. Perplexities are per token of this recipe's vocabulary and can't be compared"
            + " with the paper's; their directions can. A direction is confirmed if both differences"
            + " are of one sign, or both too small to count: a hundredth of the perplexity, %s points."
                .formatted(POINTS)
            + " Each row was trained once, with one seed.");
    of(rows, lines.get(0)).ifPresent(base -> sections.add(table(rows, base)));
    List<Row> trained = rows.stream().filter(row -> row.failure().isEmpty()).toList();
    return new Findings(
        "Table 3 of “Attention Is All You Need”, smaller",
        sections,
        Map.of("curves", grid.curves(trained)));
  }

  private static Optional<Row> of(List<Row> rows, Line line) {
    return rows.stream()
        .filter(row -> row.failure().isEmpty() && row.key().equals(key(line)))
        .findFirst();
  }

  private String table(List<Row> rows, Row base) {
    String quality = grid.quality().title();
    String percent = grid.quality() == Grid.Quality.EXACT ? ", %" : "";
    var text = new StringBuilder();
    text.append("| row | change | perplexity | ").append(quality).append(percent);
    text.append(" | Δ perplexity | Δ %s | the paper's row | its Δ perplexity".formatted(quality));
    text.append(" | its Δ BLEU | perplexity's direction | quality's direction |\n|");
    text.append("---|".repeat(11)).append('\n');
    for (Line line : distinct())
      of(rows, line).ifPresent(row -> text.append(row(line, row, base, quality)));
    return text.toString();
  }

  private String row(Line line, Row row, Row base, String quality) {
    double scale = grid.quality() == Grid.Quality.EXACT ? 100 : 1;
    double perplexity = row.number("perplexity") / base.number("perplexity") - 1;
    double points = scale * (row.number(quality) - base.number(quality));
    Published paper = line.paper();
    double paperPerplexity = paper.perplexity() / BASE.perplexity() - 1;
    double paperPoints = paper.bleu() - BASE.bleu();
    String measured =
        "| %s | %s | %s | %s "
            .formatted(
                line.group(),
                line.change(),
                Table.say(row.number("perplexity")),
                Table.say(scale * row.number(quality)));
    if (paper == BASE) return measured + "| | | | | | | |\n";
    return measured
        + String.format(
            Locale.ROOT,
            "| %+.1f %% | %+.2f | %s | %+.1f %% | %+.1f | %s | %s |%n",
            100 * perplexity,
            points,
            paper.change(),
            100 * paperPerplexity,
            paperPoints,
            verdict(perplexity, paperPerplexity, PERPLEXITY),
            verdict(points, paperPoints, POINTS));
  }

  private static String verdict(double ours, double theirs, double counts) {
    int our = direction(ours, counts);
    int their = direction(theirs, counts);
    return our == their ? "confirmed" : our * their < 0 ? "opposite" : "not confirmed";
  }

  /** −1, 0 or 1; floating-point noise at the threshold doesn't count. */
  private static int direction(double difference, double counts) {
    return Math.abs(difference) < counts - 1e-9 ? 0 : (int) Math.signum(difference);
  }
}
