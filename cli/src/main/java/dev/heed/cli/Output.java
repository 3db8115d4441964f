package dev.heed.cli;

import dev.heed.config.UserError;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Results on standard output. */
final class Output {
  private Output() {}

  /**
   * A text on the one line that it has.
   *
   * @throws UserError if nobody reads on, or the disk is full
   */
  static void line(PrintWriter out, String text) {
    out.println(text.replaceAll("\r?\n", " "));
    if (out.checkError()) throw unwritable();
  }

  static UserError unwritable() {
    return new UserError(
        "standard output could not be written: its reader has ended, or the disk is full");
  }

  /** A number rounded from its exact value, halves to even, as C and Python print it. */
  static String rounded(double value, int decimals) {
    return new BigDecimal(value).setScale(decimals, RoundingMode.HALF_EVEN).toPlainString();
  }
}
