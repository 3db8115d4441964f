package dev.heed.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Jinja's filters, and the methods of Python's strings. */
final class JinjaFilters {
  private JinjaFilters() {}

  static Object apply(
      String name, Object value, List<Object> arguments, Map<String, Object> named) {
    return switch (name) {
      case "trim" -> JinjaValues.text(value).strip();
      case "length", "count" ->
          value instanceof String text
              ? (Object) (long) text.codePointCount(0, text.length())
              : (Object) (long) JinjaValues.items(value).size();
      case "upper", "lower", "title", "capitalize" ->
          method(JinjaValues.text(value), name, arguments);
      case "replace" -> method(JinjaValues.text(value), "replace", arguments);
      case "string" -> JinjaValues.text(value);
      case "safe" -> value;
      case "int" -> (long) Double.parseDouble(JinjaValues.text(value));
      case "list" -> JinjaValues.items(value);
      case "items" -> JinjaValues.method(value, "items", arguments, named);
      case "first" -> JinjaValues.get(JinjaValues.items(value), 0L);
      case "last" -> JinjaValues.get(JinjaValues.items(value), -1L);
      case "reverse" -> JinjaValues.slice(value, reversed());
      case "join" ->
          JinjaValues.items(value).stream()
              .map(JinjaValues::text)
              .collect(
                  Collectors.joining(
                      arguments.isEmpty() ? "" : JinjaValues.text(arguments.get(0))));
      case "default", "d" -> {
        boolean lacking =
            value == JinjaValues.UNDEFINED
                || arguments.size() > 1
                    && JinjaValues.truth(arguments.get(1))
                    && !JinjaValues.truth(value);
        yield lacking ? arguments.isEmpty() ? "" : arguments.get(0) : value;
      }
      case "tojson" ->
          json(value, named.get("indent") instanceof Long indent ? indent.intValue() : 0, false);
      case "map" -> mapped(JinjaValues.items(value), arguments, named);
      case "selectattr" -> selected(JinjaValues.items(value), arguments, true);
      case "rejectattr" -> selected(JinjaValues.items(value), arguments, false);
      default -> throw new IllegalArgumentException("no filter \"" + name + "\" is known here");
    };
  }

  private static List<Optional<Object>> reversed() {
    return List.of(Optional.empty(), Optional.empty(), Optional.of(-1L));
  }

  private static Object mapped(
      List<Object> items, List<Object> arguments, Map<String, Object> named) {
    List<Object> out = new ArrayList<>();
    for (Object item : items)
      out.add(
          named.containsKey("attribute")
              ? JinjaValues.get(item, named.get("attribute"))
              : apply(
                  JinjaValues.text(arguments.get(0)),
                  item,
                  arguments.subList(1, arguments.size()),
                  named));
    return out;
  }

  private static Object selected(List<Object> items, List<Object> arguments, boolean wanted) {
    Predicate<Object> test =
        item -> {
          Object value = JinjaValues.get(item, arguments.get(0));
          return arguments.size() == 1
              ? JinjaValues.truth(value)
              : JinjaValues.test(
                  JinjaValues.text(arguments.get(1)),
                  value,
                  arguments.subList(2, arguments.size()));
        };
    return new ArrayList<>(items.stream().filter(item -> test.test(item) == wanted).toList());
  }

  /** A method of a string. */
  static Object method(String text, String name, List<Object> arguments) {
    String first = arguments.isEmpty() ? "" : JinjaValues.text(arguments.get(0));
    return switch (name) {
      case "strip" -> arguments.isEmpty() ? text.strip() : stripped(text, first, true, true);
      case "lstrip" ->
          arguments.isEmpty() ? text.stripLeading() : stripped(text, first, true, false);
      case "rstrip" ->
          arguments.isEmpty() ? text.stripTrailing() : stripped(text, first, false, true);
      case "upper" -> text.toUpperCase(Locale.ROOT);
      case "lower" -> text.toLowerCase(Locale.ROOT);
      case "capitalize" -> capitalized(text);
      case "title" ->
          Arrays.stream(text.split("(?<=\\P{L})(?=\\p{L})"))
              .map(JinjaFilters::capitalized)
              .collect(Collectors.joining());
      case "startswith" -> text.startsWith(first);
      case "endswith" -> text.endsWith(first);
      case "replace" -> text.replace(first, JinjaValues.text(arguments.get(1)));
      case "find" -> (long) text.indexOf(first);
      case "split" -> split(text, arguments);
      default -> throw JinjaValues.unknown(name);
    };
  }

  private static List<Object> split(String text, List<Object> arguments) {
    if (arguments.isEmpty())
      return new ArrayList<>(
          text.isBlank() ? List.of() : Arrays.asList(text.strip().split("\\s+")));
    String at = JinjaValues.text(arguments.get(0));
    int limit = arguments.size() > 1 ? ((Long) arguments.get(1)).intValue() + 1 : -1;
    return new ArrayList<>(Arrays.asList(text.split(Pattern.quote(at), limit)));
  }

  private static String stripped(String text, String characters, boolean left, boolean right) {
    int from = 0;
    int to = text.length();
    while (left && from < to && characters.indexOf(text.charAt(from)) >= 0) from++;
    while (right && to > from && characters.indexOf(text.charAt(to - 1)) >= 0) to--;
    return text.substring(from, to);
  }

  private static String capitalized(String word) {
    return word.isEmpty()
        ? word
        : word.substring(0, 1).toUpperCase(Locale.ROOT)
            + word.substring(1).toLowerCase(Locale.ROOT);
  }

  /**
   * As Python's json.dumps, or as its repr.
   *
   * @param indent spaces for each level; 0 writes one line
   */
  static String json(Object value, int indent, boolean repr) {
    return written(value, "\n", indent, repr);
  }

  private static String written(Object value, String line, int indent, boolean repr) {
    if (value instanceof String text) return repr ? "'" + text + "'" : quoted(text);
    if (value instanceof Boolean is && !repr) return is.toString();
    if (value == JinjaValues.NONE) return repr ? "None" : "null";
    String deeper = line + " ".repeat(indent);
    String separator = indent > 0 ? "," + deeper : ", ";
    if (value instanceof List<?> list)
      return enclosed(
          "[]",
          list.stream()
              .map(item -> written(item, deeper, indent, repr))
              .collect(Collectors.joining(separator)),
          line,
          deeper,
          indent);
    if (value instanceof Map<?, ?> map)
      return enclosed(
          "{}",
          map.entrySet().stream()
              .map(
                  e ->
                      written(e.getKey(), deeper, indent, repr)
                          + ": "
                          + written(e.getValue(), deeper, indent, repr))
              .collect(Collectors.joining(separator)),
          line,
          deeper,
          indent);
    return JinjaValues.text(value);
  }

  private static String enclosed(
      String brackets, String inside, String line, String deeper, int indent) {
    boolean lines = indent > 0 && !inside.isEmpty();
    return brackets.charAt(0)
        + (lines ? deeper : "")
        + inside
        + (lines ? line : "")
        + brackets.charAt(1);
  }

  private static String quoted(String text) {
    return TokenizerFile.JSON.getNodeFactory().textNode(text).toString();
  }
}
