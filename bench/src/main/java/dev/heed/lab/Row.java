package dev.heed.lab;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What came of one measurement.
 *
 * @param key what was measured, such as {@code mechanism: flash, n: 1024}
 * @param figures numbers and words by name; empty if it failed
 * @param failure why there are none, in a sentence
 */
public record Row(Map<String, Object> key, Map<String, Object> figures, Optional<String> failure) {
  public Row {
    key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  static Row of(Map<String, Object> key, Map<String, Object> figures) {
    return new Row(key, figures, Optional.empty());
  }

  static Row failed(Map<String, Object> key, String why) {
    return new Row(key, Map.of(), Optional.of(why));
  }

  /** What was measured and what came out, on a line. */
  public String words() {
    String said =
        failure.orElseGet(
            () ->
                figures.entrySet().stream()
                    .map(figure -> figure.getKey() + " " + Table.say(figure.getValue()))
                    .collect(Collectors.joining(", ")));
    return name(key) + ": " + said;
  }

  static String name(Map<String, Object> key) {
    return key.values().stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /** A figure, or a part of the key; NaN if it isn't there or is no number. */
  public double number(String name) {
    return figures.getOrDefault(name, key.get(name)) instanceof Number number
        ? number.doubleValue()
        : Double.NaN;
  }

  /** A part of the key in words. */
  public String part(String name) {
    return String.valueOf(key.get(name));
  }
}
