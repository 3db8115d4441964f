package dev.heed.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;

/**
 * Spells the scores of a Unigram vocabulary so that the native library reads them exactly. It reads
 * a number as its digits, rounded to a double, divided by a power of ten, rounded again; so most
 * numbers of 17 digits come out one unit in the last place off, and that decides between cuts of
 * the same pieces in another order, whose sums of scores are equal.
 */
final class ExactScores {
  /** The digits must fit into 64 bits. */
  private static final double MAX_DIGITS = 0x1p64;

  private static final int MAX_SCALE = 22;

  private ExactScores() {}

  /** The tree as JSON, with its scores, if it has any, spelled anew. */
  static String json(ObjectNode tree) {
    if (!tree.at("/model/vocab").isArray()) return tree.toString();
    ObjectNode copy = tree.deepCopy();
    for (JsonNode piece : copy.at("/model/vocab")) {
      if (piece instanceof ArrayNode pair && pair.path(1).isDouble()) {
        pair.set(1, DecimalNode.valueOf(spell(pair.get(1).doubleValue())));
      }
    }
    return copy.toString();
  }

  /** Digits that are read as the number; the usual ones where none are, one time in a thousand. */
  static BigDecimal spell(double number) {
    var usual = new BigDecimal(Double.toString(number));
    if (read(usual) == number) return usual;
    for (int scale = MAX_SCALE; scale >= 0; scale--) {
      double digits = Math.rint(number * Math.pow(10, scale));
      for (double near : new double[] {digits, Math.nextUp(digits), Math.nextDown(digits)}) {
        if (Math.abs(near) >= MAX_DIGITS) continue;
        var spelled = new BigDecimal(new BigDecimal(near).toBigInteger(), scale);
        if (read(spelled) == number) return spelled;
      }
    }
    return usual;
  }

  /** As the library reads it. */
  static double read(BigDecimal spelled) {
    return spelled.unscaledValue().doubleValue() / Math.pow(10, spelled.scale());
  }
}
