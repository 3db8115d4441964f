package dev.heed.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** "Did you mean …?": the known word nearest to one that isn't known. */
public final class Suggest {
  private Suggest() {}

  /**
   * The candidate with the fewest slips from {@code word}, the first of equals; empty if none is
   * near. A slip is a letter missing, added, changed or swapped with its neighbour (optimal string
   * alignment distance), and one in three letters may be wrong. Case, {@code -} and {@code _} don't
   * count, and a word cut short or drawn out is one slip: {@code warmup_steps} and {@code warmup}
   * are both near {@code warmupSteps}.
   */
  public static Optional<String> nearest(String word, Collection<String> candidates) {
    String wanted = plain(word);
    int best = Math.max(1, wanted.length() / 3) + 1;
    String nearest = "";
    for (String candidate : candidates) {
      String known = plain(candidate);
      int slips = slips(wanted, known);
      if (slips < best && (slips == 0 || slips < Math.min(wanted.length(), known.length()))) {
        best = slips;
        nearest = candidate;
      }
    }
    return nearest.isEmpty() ? Optional.empty() : Optional.of(nearest);
  }

  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  private static int slips(String a, String b) {
    if (a.equals(b)) return 0;
    int shorter = Math.min(a.length(), b.length());
    if (shorter >= 3 && (a.startsWith(b) || b.startsWith(a))) return 1;
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) d[i][0] = i;
    for (int j = 0; j <= b.length(); j++) d[0][j] = j;
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (swapped) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
    return d[a.length()][b.length()];
  }
}
