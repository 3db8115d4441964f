package dev.heed.eval;

/** The line that says how a score was computed, in sacreBLEU's order and spelling. */
final class Signature {
  /** The project's version, as in its pom. */
  static final String VERSION = "0.1.0-SNAPSHOT";

  private Signature() {}

  /**
   * @param references how many reference sets
   * @param options the metric's own {@code key:value} pairs, joined by bars
   */
  static String of(int references, String options) {
    return "nrefs:" + references + "|" + options + "|version:heed-" + VERSION;
  }

  static String yesNo(boolean value) {
    return value ? "yes" : "no";
  }
}
