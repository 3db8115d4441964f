package dev.heed.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came of a contest.
 *
 * @param setup what was timed and where, in the order in which it is to be read
 * @param units what the rounds count, the most telling first
 * @param series of each contestant, ours first
 * @param shares of what the machine could do
 */
public record Report(
    Map<String, Object> setup, List<String> units, List<Series> series, Shares shares) {
  /**
   * Which part of a rate of the machine's each contestant reached.
   *
   * @param of the rate: {@code product rate}
   * @param values from 0 to 1, parallel to the series; empty where nobody counted
   */
  public record Shares(String of, List<Double> values) {
    public static final Shares NONE = new Shares("", List.of());

    public Shares {
      values = List.copyOf(values);
    }
  }

  public Report {
    units = List.copyOf(units);
    series = List.copyOf(series);
  }

  /** Our median over another's, for each other, and over the best of them. */
  private Map<String, Double> ratios(String unit) {
    double ours = series.get(0).medianRate(unit);
    Map<String, Double> ratios = new LinkedHashMap<>();
    for (Series other : series.subList(1, series.size()))
      ratios.put(other.name(), ours / other.medianRate(unit));
    if (ratios.size() > 1)
      ratios.put("the best peer", ratios.values().stream().min(Double::compare).orElseThrow());
    return ratios;
  }

  /** Tables for a terminal. */
  public String toText() {
    StringBuilder text = new StringBuilder();
    setup.forEach((key, value) -> text.append("%-20s%s%n".formatted(key, value)));
    for (String unit : units) {
      text.append("%n%-20s".formatted(unit.replace('_', ' ') + "/s"));
      for (int round = 1; round <= series.get(0).rounds().size(); round++)
        text.append("%10s".formatted("round " + round));
      text.append("%10s%n".formatted("median"));
      for (Series each : series)
        text.append("%-20s".formatted(each.name()))
            .append(columns(each.rates(unit)))
            .append(columns(each.medianRate(unit)))
            .append('\n');
      ratios(unit).forEach((name, ratio) -> text.append(format("heed ÷ %s: %.3f%n", name, ratio)));
    }
    text.append(
        "%n%-20s%10s%s%n"
            .formatted(
                "",
                "peak MiB",
                shares.values().isEmpty() ? "" : "%18s".formatted("of " + shares.of())));
    for (int i = 0; i < series.size(); i++) {
      text.append(format("%-20s%,10.0f", series.get(i).name(), series.get(i).peakMiB()));
      if (!shares.values().isEmpty())
        text.append(format("%16.1f %%", 100 * shares.values().get(i)));
      text.append('\n');
    }
    return text.toString();
  }

  private static String columns(double... rates) {
    return Arrays.stream(rates).mapToObj(r -> format("%,10.1f", r)).collect(Collectors.joining());
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  /** Everything, each round's answers included. */
  public String toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    setup.forEach((key, value) -> json.putPOJO(key, value));
    for (String unit : units) {
      ObjectNode ratios = json.withObject("/ratios/" + unit);
      ratios(unit).forEach(ratios::put);
    }
    List<ObjectNode> contestants = new ArrayList<>();
    for (int i = 0; i < series.size(); i++) {
      ObjectNode one = JsonNodeFactory.instance.objectNode().put("name", series.get(i).name());
      for (String unit : units)
        one.put("median_" + unit + "_per_second", series.get(i).medianRate(unit));
      one.put("peak_mib", series.get(i).peakMiB());
      if (!shares.values().isEmpty())
        one.put("share_of_" + shares.of().replace(' ', '_'), shares.values().get(i));
      one.putArray("rounds").addAll(series.get(i).rounds());
      contestants.add(one);
    }
    json.putArray("contestants").addAll(contestants);
    return json.toPrettyString() + "\n";
  }
}
