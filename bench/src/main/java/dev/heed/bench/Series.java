package dev.heed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;

/** What one contestant answered, round by round. */
public record Series(String name, List<JsonNode> rounds) {
  public Series {
    rounds = List.copyOf(rounds);
  }

  /** {@code unit} a second, in each round. */
  public double[] rates(String unit) {
    return rounds.stream()
        .mapToDouble(round -> round.path(unit).asDouble() / round.path("seconds").asDouble())
        .toArray();
  }

  public double medianRate(String unit) {
    return median(rates(unit));
  }

  public double medianSeconds() {
    return median(rounds.stream().mapToDouble(round -> round.path("seconds").asDouble()).toArray());
  }

  /** The process's greatest resident set, in MiB. */
  public double peakMiB() {
    return rounds.stream().mapToDouble(r -> r.path("peak_rss_mb").asDouble()).max().orElseThrow();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
