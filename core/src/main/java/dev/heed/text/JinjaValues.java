package dev.heed.text;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * What Jinja's values do: strings, {@link Long}, {@link Double}, {@link Boolean}, lists, maps,
 * {@link Function}, {@link #NONE} and {@link #UNDEFINED}.
 */
final class JinjaValues {
  /** Python's None. */
  static final Object NONE = Optional.empty();

  /** What a name without a value has. */
  static final Object UNDEFINED =
      new Object() {
        @Override
        public String toString() {
          return "";
        }
      };

  /** What can be called. */
  interface Function {
    Object call(List<Object> arguments, Map<String, Object> named);
  }

  static final Map<String, Object> GLOBALS =
      Map.of(
          "namespace", (Function) (arguments, named) -> new LinkedHashMap<>(named),
          "dict", (Function) (arguments, named) -> new LinkedHashMap<>(named),
          "range", (Function) (arguments, named) -> range(arguments),
          "raise_exception", (Function) (arguments, named) -> raise(arguments),
          "strftime_now", (Function) (arguments, named) -> now(text(arguments.get(0))));

  private JinjaValues() {}

  private static Object raise(List<Object> arguments) {
    throw new IllegalArgumentException(text(arguments.get(0)));
  }

  private static Object range(List<Object> bounds) {
    long from = bounds.size() > 1 ? number(bounds.get(0)).longValue() : 0;
    long to = number(bounds.get(Math.min(1, bounds.size() - 1))).longValue();
    return new ArrayList<Object>(LongStream.range(from, to).boxed().toList());
  }

  /** Today by C's strftime, as far as templates ask for it. */
  private static Object now(String format) {
    var text = new StringBuilder();
    Map<Character, String> fields =
        Map.of('d', "dd", 'm', "MM", 'Y', "yyyy", 'b', "MMM", 'B', "MMMM", 'H', "HH", 'M', "mm");
    for (int i = 0; i < format.length(); i++) {
      if (format.charAt(i) != '%' || i + 1 == format.length()) text.append(format.charAt(i));
      else {
        String field = fields.get(format.charAt(++i));
        if (field == null) throw new IllegalArgumentException("no date field %" + format.charAt(i));
        text.append(LocalDateTime.now().format(DateTimeFormatter.ofPattern(field, Locale.ENGLISH)));
      }
    }
    return text.toString();
  }

  static boolean truth(Object value) {
    if (value instanceof Boolean is) return is;
    if (value instanceof Number number) return number.doubleValue() != 0;
    if (value instanceof String text) return !text.isEmpty();
    if (value instanceof List<?> list) return !list.isEmpty();
    if (value instanceof Map<?, ?> map) return !map.isEmpty();
    return value != NONE && value != UNDEFINED;
  }

  /** As Python's str. */
  static String text(Object value) {
    if (value instanceof Boolean is) return is ? "True" : "False";
    if (value == NONE) return "None";
    return value instanceof List || value instanceof Map
        ? JinjaFilters.json(value, 0, true)
        : value.toString();
  }

  static List<Object> items(Object value) {
    if (value instanceof List<?> list) return new ArrayList<>(list);
    if (value instanceof Map<?, ?> map) return new ArrayList<>(map.keySet());
    if (value instanceof String text)
      return new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
    if (value == UNDEFINED) return new ArrayList<>();
    throw new IllegalArgumentException(text(value) + " is no list");
  }

  @SuppressWarnings("unchecked") // made by namespace()
  static Map<String, Object> namespace(Object value) {
    if (value instanceof Map<?, ?> map) return (Map<String, Object>) map;
    throw new IllegalArgumentException("only a namespace's names can be set");
  }

  private static Number number(Object value) {
    if (value instanceof Number number) return number;
    if (value instanceof Boolean is) return is ? 1L : 0L;
    throw new IllegalArgumentException("\"" + text(value) + "\" is no number");
  }

  static boolean equal(Object a, Object b) {
    if (a instanceof Number x && b instanceof Number y) return x.doubleValue() == y.doubleValue();
    return Objects.equals(a, b);
  }

  static boolean compare(String sign, Object a, Object b) {
    if (sign.equals("==")) return equal(a, b);
    if (sign.equals("!=")) return !equal(a, b);
    int order =
        a instanceof String x && b instanceof String y
            ? x.compareTo(y)
            : Double.compare(number(a).doubleValue(), number(b).doubleValue());
    return switch (sign) {
      case "<" -> order < 0;
      case ">" -> order > 0;
      case "<=" -> order <= 0;
      default -> order >= 0;
    };
  }

  static boolean contains(Object container, Object item) {
    if (container instanceof String text) return text.contains(text(item));
    if (container instanceof Map<?, ?> map) return map.containsKey(item);
    return items(container).stream().anyMatch(one -> equal(one, item));
  }

  static Object arithmetic(String sign, Object a, Object b) {
    if (sign.equals("~")) return text(a) + text(b);
    if (sign.equals("+") && a instanceof String x && b instanceof String y) return x + y;
    if (sign.equals("+") && a instanceof List<?> x && b instanceof List<?> y) {
      List<Object> both = new ArrayList<>(x);
      both.addAll(y);
      return both;
    }
    if (sign.equals("*") && a instanceof String x)
      return x.repeat((int) Math.max(0, number(b).longValue()));
    double x = number(a).doubleValue();
    double y = number(b).doubleValue();
    double result =
        switch (sign) {
          case "+" -> x + y;
          case "-" -> x - y;
          case "*" -> x * y;
          case "/" -> x / y;
          case "//" -> Math.floor(x / y);
          case "%" -> x - y * Math.floor(x / y);
          default -> Math.pow(x, y);
        };
    boolean whole = !(a instanceof Double) && !(b instanceof Double) && !sign.equals("/");
    return whole ? (Object) (long) result : (Object) result;
  }

  static boolean test(String name, Object value, List<Object> arguments) {
    return switch (name) {
      case "defined" -> value != UNDEFINED;
      case "undefined" -> value == UNDEFINED;
      case "none" -> value == NONE;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "number" -> value instanceof Number;
      case "integer" -> value instanceof Long;
      case "float" -> value instanceof Double;
      case "mapping" -> value instanceof Map;
      case "sequence", "iterable" ->
          value instanceof List || value instanceof Map || value instanceof String;
      case "true" -> Boolean.TRUE.equals(value);
      case "false" -> Boolean.FALSE.equals(value);
      case "equalto", "eq" -> equal(value, arguments.get(0));
      case "ne" -> !equal(value, arguments.get(0));
      case "in" -> contains(arguments.get(0), value);
      case "odd" -> number(value).longValue() % 2 != 0;
      case "even" -> number(value).longValue() % 2 == 0;
      case "divisibleby" -> number(value).longValue() % number(arguments.get(0)).longValue() == 0;
      default -> throw new IllegalArgumentException("no test \"is " + name + "\" is known");
    };
  }

  /** An element of a list or a string, from the end if the index is negative, or of a map. */
  static Object get(Object container, Object key) {
    if (container instanceof Map<?, ?> map) return map.containsKey(key) ? map.get(key) : UNDEFINED;
    if (container == UNDEFINED)
      throw new IllegalArgumentException("\"" + text(key) + "\" is asked of what isn't defined");
    if (!(key instanceof Long index)) return UNDEFINED;
    List<Object> items = items(container);
    int place = (int) (index < 0 ? index + items.size() : index);
    return place >= 0 && place < items.size() ? items.get(place) : UNDEFINED;
  }

  static Object slice(Object value, List<Optional<Object>> bounds) {
    List<Object> items = items(value);
    int size = items.size();
    Optional<Object> by = bounds.size() > 2 ? bounds.get(2) : Optional.empty();
    int step = by.map(b -> number(b).intValue()).orElse(1);
    if (step == 0) throw new IllegalArgumentException("a slice's step can't be 0");
    int from = bound(bounds.get(0), step > 0 ? 0 : size - 1, size, step);
    int to = bound(bounds.get(1), step > 0 ? size : -1, size, step);
    List<Object> part = new ArrayList<>();
    for (int i = from; step > 0 ? i < to : i > to; i += step) part.add(items.get(i));
    return value instanceof String
        ? String.join("", part.stream().map(s -> text(s)).toList())
        : part;
  }

  private static int bound(Optional<Object> given, int otherwise, int size, int step) {
    if (given.isEmpty() || given.get() == NONE) return otherwise;
    int place = number(given.get()).intValue();
    if (place < 0) place += size;
    return step > 0 ? Math.max(0, Math.min(size, place)) : Math.max(-1, Math.min(size - 1, place));
  }

  static Object call(
      Object function, String source, List<Object> arguments, Map<String, Object> named) {
    if (function instanceof Function known) return known.call(arguments, named);
    throw new IllegalArgumentException("\"" + source.strip() + "\" calls what is no function");
  }

  static Object method(
      Object value, String name, List<Object> arguments, Map<String, Object> named) {
    if (value instanceof Map<?, ?> map) {
      if (map.get(name) instanceof Function function) return function.call(arguments, named);
      return switch (name) {
        case "items" ->
            new ArrayList<Object>(
                map.entrySet().stream()
                    .<Object>map(e -> new ArrayList<>(Arrays.asList(e.getKey(), e.getValue())))
                    .toList());
        case "keys" -> new ArrayList<Object>(map.keySet());
        case "values" -> new ArrayList<Object>(map.values());
        case "get" ->
            map.containsKey(arguments.get(0))
                ? map.get(arguments.get(0))
                : arguments.size() > 1 ? arguments.get(1) : NONE;
        default -> throw unknown(name);
      };
    }
    if (value instanceof String text) return JinjaFilters.method(text, name, arguments);
    if (value instanceof List<?> && name.equals("append")) {
      append(value, arguments.get(0));
      return NONE;
    }
    throw unknown(name);
  }

  @SuppressWarnings("unchecked") // lists are made here
  private static void append(Object list, Object item) {
    ((List<Object>) list).add(item);
  }

  static IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException("no method \"" + name + "\" is known here");
  }

  static String unescaped(String text) {
    var out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\' || i + 1 == text.length()) {
        out.append(c);
        continue;
      }
      char escape = text.charAt(++i);
      out.append(
          switch (escape) {
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'r' -> "\r";
            case '\\', '\'', '"' -> Character.toString(escape);
            default -> "\\" + escape;
          });
    }
    return out.toString();
  }
}
