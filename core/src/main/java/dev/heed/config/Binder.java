package dev.heed.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/** Lays {@link Node}s on default records: the one place that knows which type is written how. */
final class Binder {
  private static final Pattern NOT_A_WORD = Pattern.compile("\\W+");

  /** All dotted keys, to tell where a key belongs that was put in the wrong section. */
  private final List<String> keys;

  private Binder(Class<?> root) {
    keys = Records.keys(root, "");
  }

  /** {@code defaults} with what {@code written} says in its stead. */
  static <T extends Record> T bind(T defaults, Node written) {
    @SuppressWarnings("unchecked") // a record's class is final
    var type = (Class<T>) defaults.getClass();
    return type.cast(new Binder(type).record(type, Optional.of(defaults), "", written));
  }

  /** A record of which {@code written} gives every key that the type's DEFAULT doesn't. */
  static <T extends Record> T bind(Class<T> type, Node written) {
    return type.cast(new Binder(type).record(type, Optional.empty(), "", written));
  }

  /** The dotted key of {@code key} in the section {@code path}, which is empty at the top. */
  static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private Object read(Type type, Optional<?> fallback, String path, Node node) {
    if (type == JsonNode.class) return json(node);
    if (node instanceof Node.Scalar scalar && scalar.isNull()) {
      // A section may stand empty, as when each of its keys is commented out.
      if ((Records.isSection(type) || Records.isChoice(type)) && fallback.isPresent())
        return fallback.get();
      throw new UserError(
          node.origin() + ": " + path + " has no value; give one or remove the key");
    }
    Optional<Type> element = Records.element(type);
    if (element.isPresent()) {
      boolean list = List.class.isAssignableFrom(rawClass(type));
      return list ? list(element.get(), path, node) : map(element.get(), path, node);
    }
    Class<?> c = rawClass(type);
    if (c == Object.class) return free(path, node);
    if (c == Kind.class) return kind(fallback.map(Kind.class::cast), path, node);
    if (Records.isChoice(c)) return choice(c, fallback, path, node);
    if (c.isRecord()) return record(c, fallback, path, node);
    if (c.isEnum()) return constant(c, path, node);
    if (c == OptionalDouble.class)
      return OptionalDouble.of((double) scalar(double.class, path, node));
    return scalar(MethodType.methodType(c).unwrap().returnType(), path, node);
  }

  /**
   * A record of the sealed interface {@code type}, of the kind that is named or else the default.
   */
  private Object choice(Class<?> type, Optional<?> fallback, String path, Node node) {
    var choices = Records.choices(type);
    var entries = new LinkedHashMap<>(section(path, node).entries());
    Node given = entries.remove(Records.KIND);
    if (given == null && fallback.isEmpty())
      throw new UserError(node.origin() + ": " + join(path, Records.KIND) + " is missing");
    Class<?> record =
        given == null
            ? fallback.get().getClass()
            : choices.get(name(join(path, Records.KIND), given));
    if (record == null) {
      String name = ((Node.Scalar) given).text();
      throw new UserError(
          "%s: unknown %s %s; %s"
              .formatted(
                  given.origin(),
                  join(path, Records.KIND),
                  name,
                  Suggest.nearest(name, choices.keySet())
                      .map(near -> "did you mean " + near + "?")
                      .orElse("choose one of " + String.join(", ", choices.keySet()))));
    }
    return record(
        record,
        fallback.filter(record::isInstance),
        path,
        new Node.Section(node.origin(), entries));
  }

  private Object record(Class<?> type, Optional<?> fallback, String path, Node node) {
    var section = section(path, node);
    var components = Arrays.asList(type.getRecordComponents());
    var names = components.stream().map(RecordComponent::getName).toList();
    for (var entry : section.entries().entrySet()) {
      if (!names.contains(entry.getKey())) {
        throw unknown(entry.getKey(), path, names, entry.getValue());
      }
    }
    Optional<?> base = fallback.isPresent() ? fallback : Records.constant(type);
    var values = new ArrayList<Object>();
    for (var component : components) {
      String key = join(path, component.getName());
      Optional<?> own = base.map(record -> Records.get(component, record));
      Node given = section.entries().get(component.getName());
      if (given != null) {
        values.add(read(component.getGenericType(), own, key, given));
      } else {
        values.add(
            own.orElseThrow(() -> new UserError(node.origin() + ": " + key + " is missing")));
      }
    }
    try {
      return Records.create(type, values);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IllegalArgumentException || cause instanceof UserError) {
        String message = String.valueOf(cause.getMessage());
        String what = path.isEmpty() ? "" : path + ": ";
        throw new UserError(culprit(section, message).origin() + ": " + what + message, cause);
      }
      throw new IllegalStateException("cannot create " + type, cause);
    }
  }

  /** The innermost written key that {@code message} names, or the section itself. */
  private static Node culprit(Node node, String message) {
    if (node instanceof Node.Section section) {
      List<String> words = NOT_A_WORD.splitAsStream(message).toList();
      for (var entry : section.entries().entrySet()) {
        if (words.contains(entry.getKey())) return culprit(entry.getValue(), message);
      }
    }
    return node;
  }

  private UserError unknown(String key, String path, List<String> names, Node at) {
    String full = join(path, key);
    Optional<String> near = Suggest.nearest(key, names).map(name -> join(path, name));
    if (near.isEmpty()) near = elsewhere(key).filter(other -> !other.equals(full));
    String of = path.isEmpty() ? "the keys here are " : "the keys of " + path + " are ";
    String hint =
        key.contains(".") && keys.contains(full)
            ? "write it as nested sections"
            : near.map(name -> "did you mean " + name + "?")
                .orElse(names.isEmpty() ? "there are none here" : of + String.join(", ", names));
    return new UserError("%s: unknown key %s; %s".formatted(at.origin(), full, hint));
  }

  private Optional<String> elsewhere(String key) {
    var last = new LinkedHashMap<String, String>();
    for (String full : keys) last.putIfAbsent(full.substring(full.lastIndexOf('.') + 1), full);
    return Suggest.nearest(key, last.keySet()).map(last::get);
  }

  private Kind kind(Optional<Kind> fallback, String path, Node node) {
    if (node instanceof Node.Scalar word) return new Kind(name(path, word), Map.of());
    var entries = new LinkedHashMap<>(section(path, node).entries());
    Node given = entries.remove(Records.KIND);
    if (given == null && fallback.isEmpty()) {
      throw new UserError(node.origin() + ": " + join(path, Records.KIND) + " is missing");
    }
    String kind = given == null ? fallback.get().kind() : name(join(path, Records.KIND), given);
    var options = new LinkedHashMap<String, Object>();
    if (given == null) options.putAll(fallback.get().options());
    entries.forEach(
        (key, v) -> options.put(key, read(Object.class, Optional.empty(), join(path, key), v)));
    return new Kind(kind, options);
  }

  private static String name(String path, Node node) {
    if (node instanceof Node.Scalar s && !s.isNull() && !s.text().isBlank()) return s.text();
    throw wrong(path, "the name of a kind", node);
  }

  private Object list(Type element, String path, Node node) {
    if (!(node instanceof Node.Items items)) throw wrong(path, "a list", node);
    var values = new ArrayList<Object>();
    for (Node item : items.items()) {
      String key = path + "[" + values.size() + "]";
      values.add(read(element, Optional.empty(), key, item));
    }
    return List.copyOf(values);
  }

  private Object map(Type element, String path, Node node) {
    var values = new LinkedHashMap<String, Object>();
    section(path, node)
        .entries()
        .forEach((key, v) -> values.put(key, read(element, Optional.empty(), join(path, key), v)));
    return Collections.unmodifiableMap(values);
  }

  private Object free(String path, Node node) {
    if (node instanceof Node.Section) return map(Object.class, path, node);
    if (node instanceof Node.Items) return list(Object.class, path, node);
    return untyped((Node.Scalar) node);
  }

  /** What a scalar says by itself: the core schema of YAML 1.2, which is also JSON's. */
  private static Object untyped(Node.Scalar scalar) {
    if (scalar.isBoolean()) return Boolean.valueOf(scalar.text());
    if (scalar.isWhole()) {
      var value = new BigInteger(scalar.text());
      if (value.bitLength() < Integer.SIZE) return value.intValue();
      return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
    }
    return scalar.isNumber() ? (Object) scalar.number() : scalar.text();
  }

  private static JsonNode json(Node node) {
    var json = JsonNodeFactory.instance;
    if (node instanceof Node.Section section) {
      var object = json.objectNode();
      section.entries().forEach((key, v) -> object.set(key, json(v)));
      return object;
    }
    if (node instanceof Node.Items items) {
      return json.arrayNode().addAll(items.items().stream().map(Binder::json).toList());
    }
    var scalar = (Node.Scalar) node;
    if (scalar.isNull()) return json.nullNode();
    Object value = untyped(scalar);
    if (value instanceof Boolean b) return json.booleanNode(b);
    if (value instanceof Integer i) return json.numberNode(i);
    if (value instanceof Long l) return json.numberNode(l);
    if (value instanceof BigInteger i) return json.numberNode(i);
    return value instanceof Double d ? json.numberNode(d) : json.textNode((String) value);
  }

  private static Object scalar(Class<?> type, String path, Node node) {
    if (type == String.class) {
      if (node instanceof Node.Scalar scalar) return scalar.text();
      throw wrong(path, "text", node);
    }
    if (type == boolean.class) {
      if (node instanceof Node.Scalar s && s.isBoolean()) return Boolean.valueOf(s.text());
      throw wrong(path, "true or false", node);
    }
    if (type == int.class) {
      return (int) whole(path, node, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    if (type == long.class) return whole(path, node, Long.MIN_VALUE, Long.MAX_VALUE);
    if (type == double.class || type == float.class) {
      if (!(node instanceof Node.Scalar s && s.isNumber())) throw wrong(path, "a number", node);
      boolean single = type == float.class;
      double value = single ? (float) s.number() : s.number();
      if (s.isFinite() && Double.isInfinite(value)) {
        double most = single ? Float.MAX_VALUE : Double.MAX_VALUE;
        throw wrong(path, "a number from %.3g to %.3g".formatted(-most, most), node);
      }
      return single ? (Object) (float) value : (Object) value;
    }
    throw new IllegalArgumentException(path + ": a key cannot be a " + type.getName());
  }

  /** A whole number in any notation: {@code 1e5} is one. */
  private static long whole(String path, Node node, long least, long most) {
    if (!(node instanceof Node.Scalar s && s.isFinite())) throw wrong(path, "a whole number", node);
    try {
      var value = new BigDecimal(s.text()).stripTrailingZeros();
      if (value.scale() > 0) throw wrong(path, "a whole number", node);
      long exact = value.longValueExact();
      if (exact >= least && exact <= most) return exact;
    } catch (ArithmeticException | NumberFormatException e) {
      // Beyond a long: too large all the same.
    }
    throw wrong(path, "a whole number from %d to %d".formatted(least, most), node);
  }

  private static Object constant(Class<?> type, String path, Node node) {
    var names = Arrays.stream(type.getEnumConstants()).map(c -> Records.name((Enum<?>) c)).toList();
    if (node instanceof Node.Scalar scalar) {
      String word = scalar.text().replace("_", "").replace("-", "");
      for (Object constant : type.getEnumConstants()) {
        if (word.equalsIgnoreCase(Records.name((Enum<?>) constant))) return constant;
      }
    }
    throw wrong(path, "one of " + String.join(", ", names), node);
  }

  private static Node.Section section(String path, Node node) {
    if (node instanceof Node.Section section) return section;
    throw wrong(path, "a section of keys", node);
  }

  private static UserError wrong(String path, String expected, Node node) {
    String found =
        node instanceof Node.Section
            ? "a section"
            : node instanceof Node.Scalar s
                ? s.isNumber() || s.isBoolean() ? s.text() : '"' + s.text() + '"'
                : "a list";
    String what = path.isEmpty() ? "this" : path;
    return new UserError(
        "%s: %s must be %s, not %s".formatted(node.origin(), what, expected, found));
  }

  private static Class<?> rawClass(Type type) {
    if (type instanceof Class<?> c) return c;
    if (type instanceof ParameterizedType p) return (Class<?>) p.getRawType();
    throw new IllegalArgumentException("a key cannot be a " + type);
  }
}
