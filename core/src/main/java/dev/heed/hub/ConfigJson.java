package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.Fixed;
import dev.heed.config.Key;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.nn.Activation;
import dev.heed.nn.Extent;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * A model's {@code Config} in Hugging Face's {@code config.json}, by the {@link Key}s of its
 * components. A component without a key keeps its default, unless it is a record, whose own
 * components have keys.
 */
final class ConfigJson {
  private ConfigJson() {}

  /**
   * The config that {@code json} describes; what it lacks is taken from {@code defaults}.
   *
   * @throws UserError if a value has the wrong type
   * @throws IllegalArgumentException if the record refuses its values
   */
  @SuppressWarnings("unchecked") // a record of the defaults' own class
  static <C extends Record> C read(JsonNode json, C defaults) {
    Fixed fixed = defaults.getClass().getAnnotation(Fixed.class);
    if (fixed != null) for (String condition : fixed.value()) check(json, condition);
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : defaults.getClass().getRecordComponents()) {
      Object otherwise = get(component, defaults);
      Key key = component.getAnnotation(Key.class);
      if (otherwise instanceof Record section && !isValue(otherwise))
        values.add(
            read(
                key == null ? json : find(json, key).orElse(JsonNodeFactory.instance.objectNode()),
                section));
      else
        values.add(
            key == null
                ? otherwise
                : find(json, key)
                    .map(node -> value(key.value()[0], node, component.getType(), otherwise))
                    .orElseGet(() -> isNull(json, key) ? without(otherwise) : otherwise));
    }
    return (C) create(defaults.getClass(), values);
  }

  /** {@code condition} is {@code key = value}. */
  private static void check(JsonNode json, String condition) {
    String[] sides = condition.split(" = ");
    JsonNode node = at(json, sides[0]);
    if (node.isMissingNode() || node.isNull() || node.asText().equals(sides[1])) return;
    throw new UserError(
        "%s is %s, and this model has it only as %s".formatted(sides[0], node, sides[1]));
  }

  /**
   * Writes every component of {@code config} that has a key, over what {@code json} had, but for
   * those that are empty by default too.
   */
  static void write(Record config, Record defaults, ObjectNode json) {
    for (RecordComponent component : config.getClass().getRecordComponents()) {
      Object value = get(component, config);
      Object otherwise = get(component, defaults);
      Key key = component.getAnnotation(Key.class);
      if (value instanceof Record section && !isValue(value))
        write(section, (Record) otherwise, key == null ? json : child(json, key.value()[0]));
      else if (key != null && !(isEmpty(value) && isEmpty(otherwise))) write(value, key, json);
    }
  }

  /** Whether a record is one value of config.json's rather than a section of it. */
  private static boolean isValue(Object value) {
    return value instanceof Extent || value instanceof Kind;
  }

  private static boolean isEmpty(Object value) {
    return value.equals(OptionalInt.empty())
        || value.equals(OptionalDouble.empty())
        || value.equals(Optional.empty())
        || value.equals(List.of());
  }

  private static void write(Object value, Key key, ObjectNode json) {
    Optional<JsonNode> known = find(json, key);
    // Several names may mean one activation, and a number may be written in several ways.
    if (known.isPresent()
        && value.equals(value(key.value()[0], known.get(), value.getClass(), value))) return;
    String path = key.value()[0];
    int dot = path.lastIndexOf('.');
    ObjectNode parent = dot < 0 ? json : child(json, path.substring(0, dot));
    parent.set(path.substring(dot + 1), plain(value));
  }

  private static ObjectNode child(ObjectNode json, String path) {
    ObjectNode node = json;
    for (String name : path.split("\\.")) {
      JsonNode next = node.get(name);
      node = next instanceof ObjectNode object ? object : node.putObject(name);
    }
    return node;
  }

  private static Optional<JsonNode> find(JsonNode json, Key key) {
    return spellings(json, key).filter(node -> !node.isNull()).findFirst();
  }

  /** Whether the key is there, as null. */
  private static boolean isNull(JsonNode json, Key key) {
    return spellings(json, key).anyMatch(JsonNode::isNull);
  }

  private static Stream<JsonNode> spellings(JsonNode json, Key key) {
    return Arrays.stream(key.value())
        .map(path -> at(json, path))
        .filter(node -> !node.isMissingNode());
  }

  private static JsonNode at(JsonNode json, String path) {
    return json.at("/" + path.replace('.', '/'));
  }

  /**
   * What null means: nothing where nothing is a value, such as an enum's NONE, else that the key
   * isn't there.
   */
  private static Object without(Object otherwise) {
    if (otherwise instanceof OptionalInt) return OptionalInt.empty();
    if (otherwise instanceof Enum<?> constant)
      for (Object choice : constant.getDeclaringClass().getEnumConstants())
        if (((Enum<?>) choice).name().equals("NONE")) return choice;
    if (otherwise instanceof OptionalDouble) return OptionalDouble.empty();
    return otherwise instanceof Optional ? Optional.empty() : otherwise;
  }

  private static Object value(String key, JsonNode node, Class<?> type, Object otherwise) {
    if (type == int.class || type == Integer.class) {
      if (node.canConvertToExactIntegral() && node.canConvertToInt()) return node.intValue();
    } else if (type == double.class || type == Double.class) {
      if (node.isNumber()) return node.doubleValue();
    } else if (type == boolean.class || type == Boolean.class) {
      if (node.isBoolean()) return node.booleanValue();
    } else if (type == String.class) {
      if (node.isTextual()) return node.textValue();
    } else if (type == OptionalInt.class) {
      if (node.canConvertToExactIntegral()) return OptionalInt.of(node.intValue());
    } else if (type == OptionalDouble.class) {
      if (node.isNumber()) return OptionalDouble.of(node.doubleValue());
    } else if (type == Optional.class) {
      if (node.isBoolean()) return Optional.of(node.booleanValue());
    } else if (type == Extent.class) {
      Optional<Extent> extent = extent(node);
      if (extent.isPresent()) return extent.get();
    } else if (type == Kind.class) {
      if (node.isTextual()) return Kind.of(node.textValue());
      if (node.path("kind").isTextual()) return kind((ObjectNode) node);
    } else if (type == Activation.class) {
      return Activation.of(node.asText());
    } else if (otherwise instanceof Enum<?> constant) {
      return constant(key, node.asText(), constant.getDeclaringClass());
    } else if (otherwise instanceof List<?>) {
      if (node.isTextual()) return List.of(node.textValue().split("\\|")); // as DeBERTa writes them
      if (node.isNumber()) return List.of(plain(node)); // as Reformer writes a list of one
      List<Object> list = new ArrayList<>();
      node.forEach(element -> list.add(plain(element)));
      return List.copyOf(list);
    }
    throw new UserError("%s is %s, where %s is wanted".formatted(key, node, wanted(type)));
  }

  private static String wanted(Class<?> type) {
    if (type == int.class || type == OptionalInt.class) return "a whole number below 2^31";
    return type == double.class || type == OptionalDouble.class
        ? "a number"
        : type.getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** A side of a square, or height and width. */
  private static Optional<Extent> extent(JsonNode node) {
    if (node.isInt()) return Optional.of(Extent.square(node.intValue()));
    JsonNode height = node.isArray() ? node.path(0) : node.path("height");
    JsonNode width = node.isArray() ? node.path(1) : node.path("width");
    return height.isInt() && width.isInt()
        ? Optional.of(new Extent(height.intValue(), width.intValue()))
        : Optional.empty();
  }

  private static Kind kind(ObjectNode node) {
    Map<String, Object> options = section(node);
    return new Kind(options.remove("kind").toString(), options);
  }

  private static Map<String, Object> section(JsonNode node) {
    Map<String, Object> section = new LinkedHashMap<>();
    node.properties().forEach(entry -> section.put(entry.getKey(), plain(entry.getValue())));
    return section;
  }

  private static Object constant(String key, String name, Class<?> type) {
    for (Object constant : type.getEnumConstants())
      if (((Enum<?>) constant).name().equalsIgnoreCase(name)) return constant;
    throw new UserError(
        "%s is \"%s\": known are %s"
            .formatted(
                key, name, Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT)));
  }

  private static Object plain(JsonNode element) {
    if (element.isInt()) return element.intValue();
    if (element.isNumber()) return element.doubleValue();
    if (element.isBoolean()) return element.booleanValue();
    if (element.isArray()) {
      List<Object> list = new ArrayList<>();
      element.forEach(inner -> list.add(plain(inner)));
      return List.copyOf(list);
    }
    return element.isObject() ? section(element) : element.asText();
  }

  private static JsonNode plain(Object value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (value instanceof Integer number) return nodes.numberNode(number);
    if (value instanceof Double number) return nodes.numberNode(number);
    if (value instanceof Boolean flag) return nodes.booleanNode(flag);
    if (value instanceof OptionalInt number)
      return number.isPresent() ? nodes.numberNode(number.getAsInt()) : nodes.nullNode();
    if (value instanceof OptionalDouble number)
      return number.isPresent() ? nodes.numberNode(number.getAsDouble()) : nodes.nullNode();
    if (value instanceof Optional<?> flag)
      return flag.isPresent() ? plain(flag.get()) : nodes.nullNode();
    if (value instanceof Extent extent)
      return extent.isSquare()
          ? nodes.numberNode(extent.height())
          : nodes.arrayNode().add(extent.height()).add(extent.width());
    if (value instanceof Kind kind && !kind.options().isEmpty()) {
      ObjectNode node = nodes.objectNode().put("kind", kind.kind());
      kind.options().forEach((option, set) -> node.set(option, plain(set)));
      return node;
    }
    if (value instanceof Kind kind) return nodes.textNode(kind.kind());
    if (value instanceof Activation activation) return nodes.textNode(activation.key());
    if (value instanceof Enum<?> constant && constant.name().equals("NONE"))
      return nodes.nullNode();
    if (value instanceof Enum<?> constant)
      return nodes.textNode(constant.name().toLowerCase(Locale.ROOT));
    if (value instanceof List<?> list) {
      var array = nodes.arrayNode();
      list.forEach(element -> array.add(plain(element)));
      return array;
    }
    if (value instanceof Map<?, ?> section) {
      var node = nodes.objectNode();
      section.forEach((key, element) -> node.set(key.toString(), plain(element)));
      return node;
    }
    return nodes.textNode(value.toString());
  }

  private static Object get(RecordComponent component, Object record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  private static Object create(Class<?> type, List<Object> values) {
    Class<?>[] types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      return type.getDeclaredConstructor(types).newInstance(values.toArray());
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refused) throw refused;
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot create " + type, e);
    }
  }
}
