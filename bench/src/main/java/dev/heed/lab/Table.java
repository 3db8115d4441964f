package dev.heed.lab;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Rows under the names of their keys and figures, and a last column for failures. */
public record Table(List<Row> rows) {
  private static final String FAILURE = "failure";

  private Set<String> columns() {
    Set<String> names = new LinkedHashSet<>();
    rows.forEach(row -> names.addAll(row.key().keySet()));
    rows.forEach(row -> names.addAll(row.figures().keySet()));
    if (rows.stream().anyMatch(row -> row.failure().isPresent())) names.add(FAILURE);
    return names;
  }

  private static Object cell(Row row, String column) {
    Map<String, Object> of = row.figures().containsKey(column) ? row.figures() : row.key();
    return Objects.requireNonNullElseGet(
        of.get(column), () -> column.equals(FAILURE) ? row.failure().orElse("") : "");
  }

  /** As RFC 4180 has it, with every digit. */
  String csv() {
    StringBuilder text = new StringBuilder(line(columns())).append('\n');
    for (Row row : rows)
      text.append(line(columns().stream().map(column -> cell(row, column)).toList())).append('\n');
    return text.toString();
  }

  private static String line(Collection<?> cells) {
    return cells.stream().map(cell -> quoted(cell.toString())).collect(Collectors.joining(","));
  }

  private static String quoted(String cell) {
    boolean plain = cell.chars().noneMatch(c -> ",\"\n\r".indexOf(c) >= 0);
    return plain ? cell : "\"" + cell.replace("\"", "\"\"") + "\"";
  }

  /** A table of Markdown's, numbers with four digits. */
  public String markdown() {
    StringBuilder text = new StringBuilder();
    text.append("| ").append(String.join(" | ", columns())).append(" |\n|");
    text.append("---|".repeat(columns().size())).append('\n');
    for (Row row : rows) {
      for (String column : columns()) text.append("| ").append(say(cell(row, column))).append(' ');
      text.append("|\n");
    }
    return text.toString();
  }

  /** As a table shows it: fractions with four digits, whole numbers in thousands. */
  static String say(Object cell) {
    if (cell instanceof Double || cell instanceof Float) return four(((Number) cell).doubleValue());
    if (cell instanceof Number whole && whole.longValue() >= 10_000)
      return String.format(Locale.ROOT, "%,d", whole.longValue());
    return cell.toString().replace("|", "\\|");
  }

  private static String four(double x) {
    if (x != 0 && Math.abs(x) < 1e-3) return String.format(Locale.ROOT, "%.2e", x);
    if (Math.abs(x) >= 1000) return String.format(Locale.ROOT, "%,.0f", x);
    int digits = x == 0 ? 0 : 3 - (int) Math.floor(Math.log10(Math.abs(x)));
    return String.format(Locale.ROOT, "%." + Math.max(0, digits) + "f", x);
  }
}
