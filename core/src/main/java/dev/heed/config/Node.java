package dev.heed.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A configuration as written: text that has no type yet, and where each piece of it stands. What
 * {@code 1e-3} or {@code 007} means is settled by the record component it is read into, so YAML's
 * own guesses (in which {@code 1e-3} is a string and {@code no} is false) never come into it.
 */
sealed interface Node {
  /** Where it was written: {@code recipe.yaml:12} or {@code --set train.steps=5}. */
  String origin();

  /**
   * One value.
   *
   * @param quoted whether it was in quotes, and so can be nothing but text
   */
  record Scalar(String origin, String text, boolean quoted) implements Node {
    private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9]+");
    private static final Pattern REAL =
        Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
    private static final Pattern INFINITE = Pattern.compile("[-+]?(\\.inf|Infinity)");
    private static final Pattern NOT_A_NUMBER = Pattern.compile("\\.nan|NaN");

    boolean isNull() {
      return !quoted && (text.isEmpty() || text.equals("~") || text.equals("null"));
    }

    boolean isBoolean() {
      return !quoted && (text.equalsIgnoreCase("true") || text.equalsIgnoreCase("false"));
    }

    boolean isWhole() {
      return !quoted && WHOLE.matcher(text).matches();
    }

    /** Whether it is a finite decimal number, whole or not. */
    boolean isFinite() {
      return !quoted && REAL.matcher(text).matches();
    }

    boolean isNumber() {
      return isFinite()
          || (!quoted
              && (INFINITE.matcher(text).matches() || NOT_A_NUMBER.matcher(text).matches()));
    }

    /** The value of a scalar that {@link #isNumber}. */
    double number() {
      if (isFinite()) return Double.parseDouble(text);
      if (NOT_A_NUMBER.matcher(text).matches()) return Double.NaN;
      return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
  }

  record Items(String origin, List<Node> items) implements Node {}

  record Section(String origin, Map<String, Node> entries) implements Node {}

  /**
   * This with {@code over} laid on it: sections key by key, anything else replaced. A bare word
   * with keys laid on it becomes the long form of a {@link Kind}.
   */
  default Node with(Node over) {
    if (!(over instanceof Section top) || this instanceof Items) return over;
    var merged = new LinkedHashMap<String, Node>();
    if (this instanceof Section section) merged.putAll(section.entries());
    if (this instanceof Scalar word && !word.isNull()) merged.put("kind", word);
    top.entries().forEach((key, value) -> merged.merge(key, value, Node::with));
    return new Section(origin(), merged);
  }

  /** This without what it says under a dotted key. */
  default Node without(String key) {
    if (!(this instanceof Section section)) return this;
    int dot = key.indexOf('.');
    var rest = new LinkedHashMap<>(section.entries());
    if (dot < 0) rest.remove(key);
    else rest.computeIfPresent(key.substring(0, dot), (k, v) -> v.without(key.substring(dot + 1)));
    return new Section(origin(), rest);
  }

  /** Maps, lists, text, numbers and truth values, as if written at {@code origin}. */
  static Node of(Object value, String origin) {
    if (value instanceof Map<?, ?> map) {
      var entries = new LinkedHashMap<String, Node>();
      map.forEach((key, v) -> entries.put(key.toString(), of(v, origin)));
      return new Section(origin, entries);
    }
    if (value instanceof List<?> list) {
      return new Items(origin, list.stream().map(v -> of(v, origin)).toList());
    }
    return new Scalar(origin, value.toString(), value instanceof String);
  }
}
