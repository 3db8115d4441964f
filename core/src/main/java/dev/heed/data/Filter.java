package dev.heed.data;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which examples training leaves out.
 *
 * @param maxLength most tokens on either side, framing ids included
 * @param maxRatio most tokens of the longer side per token of the shorter
 */
public record Filter(int maxLength, double maxRatio) {
  /** Leaves out only pairs with a blank side. */
  public static final Filter NONE = new Filter(Integer.MAX_VALUE, Double.POSITIVE_INFINITY);

  public Filter {
    if (maxLength < 1) throw new UserError("maxLength is " + maxLength + "; set it to 1 or more");
    if (!(maxRatio >= 1)) throw new UserError("maxRatio is " + maxRatio + "; set it to 1 or more");
  }

  /** What becomes of an example. */
  public enum Verdict {
    KEPT("kept"),
    BLANK("with a blank side"),
    TOO_LONG("too long"),
    LOPSIDED("with sides of too unequal length");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }
  }

  /** How many examples of a pass met which verdict. */
  public record Report(Map<Verdict, Long> counts) {
    public long count(Verdict verdict) {
      return counts.getOrDefault(verdict, 0L);
    }

    public long leftOut() {
      return counts.values().stream().mapToLong(Long::longValue).sum() - count(Verdict.KEPT);
    }

    /** {@code 28,990 kept, 7 too long, 3 with a blank side}. */
    @Override
    public String toString() {
      List<String> parts = new ArrayList<>();
      for (Verdict v : Verdict.values())
        if (v == Verdict.KEPT || count(v) > 0)
          parts.add(String.format(Locale.ROOT, "%,d %s", count(v), v.words));
      return String.join(", ", parts);
    }
  }

  /** The verdict on a pair and its ids. */
  Verdict judge(Pair pair, int[] source, int[] target) {
    int longer = Math.max(source.length, target.length);
    int shorter = Math.min(source.length, target.length);
    if (shorter == 0 || pair.source().isBlank() || pair.target().isBlank()) return Verdict.BLANK;
    if (longer > maxLength) return Verdict.TOO_LONG;
    return longer > maxRatio * shorter ? Verdict.LOPSIDED : Verdict.KEPT;
  }
}
