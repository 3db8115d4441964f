package dev.heed.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A {@link Summary} as an aligned table. */
final class SummaryText {
  private static final List<String> HEADER =
      List.of("part", "parameters", "share", "forward FLOPs", "training FLOPs", "bytes");
  private static final String[] THOUSANDS = {"", "k", "M", "G", "T", "P", "E"};

  private SummaryText() {}

  static String of(Summary summary) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEADER);
    for (Summary.Row row : summary.rows()) {
      lines.add(
          List.of(
              row.part() + row.tiedTo().map(to -> " (tied to " + to + ")").orElse(""),
              count(row.parameters()),
              percent(summary.share(row)),
              flops(row.forwardFlops()),
              flops(row.trainingFlops()),
              bytes(row.bytes())));
    }
    lines.add(
        List.of(
            "total",
            count(summary.parameters()),
            percent(1),
            flops(summary.forwardFlops()),
            flops(summary.trainingFlops()),
            bytes(summary.bytes())));
    int[] widths = widths(lines);
    var text = new StringBuilder();
    text.append(
        "One pair of %d source and %d target tokens; a multiply-add is 2 FLOPs.%n"
            .formatted(summary.sourceLength(), summary.targetLength()));
    for (int i = 0; i < lines.size(); i++) {
      if (i == 1 || i == lines.size() - 1) text.append(rule(widths));
      text.append(aligned(lines.get(i), widths));
    }
    return text.toString();
  }

  private static int[] widths(List<List<String>> lines) {
    int[] widths = new int[HEADER.size()];
    for (List<String> line : lines)
      for (int i = 0; i < widths.length; i++) widths[i] = Math.max(widths[i], line.get(i).length());
    return widths;
  }

  private static String aligned(List<String> cells, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String gap = " ".repeat(widths[i] - cells.get(i).length());
      line.append(i == 0 ? cells.get(i) + gap : "  " + gap + cells.get(i));
    }
    return line.append('\n').toString();
  }

  private static String rule(int[] widths) {
    int width = 2 * (widths.length - 1);
    for (int w : widths) width += w;
    return "─".repeat(width) + "\n";
  }

  private static String count(long n) {
    return n == 0 ? "–" : String.format(Locale.ROOT, "%,d", n);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String flops(long n) {
    return n == 0 ? "–" : short3(n).strip();
  }

  private static String bytes(long n) {
    return n == 0 ? "–" : short3(n) + "B";
  }

  /** Three digits and a power of a thousand: 1234567 is "1.23 M". */
  private static String short3(long n) {

    int power = 0;
    double value = n;
    while (value >= 999.5) {
      value /= 1000;
      power++;
    }
    int digits = power == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + digits + "f %s", value, THOUSANDS[power]);
  }
}
