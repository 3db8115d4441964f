package dev.heed.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** Records seen from outside: their parts, their defaults, and their plain form for writing. */
final class Records {
  /** The key that chooses. */
  static final String KIND = "kind";

  private Records() {}

  /** The value of one component of {@code record}. */
  static Object get(RecordComponent component, Object record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }

  /** Calls the canonical constructor; what that throws is the exception's cause. */
  static Object create(Class<?> type, List<Object> values) throws InvocationTargetException {
    var types =
        Arrays.stream(type.getRecordComponents())
            .map(RecordComponent::getType)
            .toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values.toArray());
    } catch (InvocationTargetException e) {
      throw e;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot create " + type, e);
    }
  }

  /** The constant {@code DEFAULT} of a record type, if it has one. */
  static Optional<Object> constant(Class<?> type) {
    try {
      var field = type.getDeclaredField("DEFAULT");
      field.setAccessible(true);
      return Optional.of(field.get(null));
    } catch (NoSuchFieldException e) {
      return Optional.empty();
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot read " + type + ".DEFAULT", e);
    }
  }

  /** Whether {@code type} is a record whose components are keys of their own. */
  static boolean isSection(Type type) {
    return type instanceof Class<?> c && c.isRecord() && c != Kind.class;
  }

  /** Whether {@code type} is an interface whose records are chosen by name: {@link Choice}. */
  static boolean isChoice(Type type) {
    return type instanceof Class<?> c
        && c.isSealed()
        && c.getPermittedSubclasses()[0].isAnnotationPresent(Choice.class);
  }

  /** The records to choose from by their names, in order. */
  static Map<String, Class<?>> choices(Class<?> type) {
    var choices = new LinkedHashMap<String, Class<?>>();
    for (Class<?> record : type.getPermittedSubclasses())
      choices.put(record.getAnnotation(Choice.class).value(), record);
    return choices;
  }

  /** The kind of what a record holds under a dotted key. */
  static String kind(Record record, String key) {
    Object value = record;
    for (String name : key.split("\\.")) {
      Object within = value;
      value =
          Arrays.stream(within.getClass().getRecordComponents())
              .filter(component -> component.getName().equals(name))
              .map(component -> get(component, within))
              .findFirst()
              .orElseThrow();
    }
    return value.getClass().getAnnotation(Choice.class).value();
  }

  /** The elements' type of a {@code List<E>} or {@code Map<String, E>}. */
  static Optional<Type> element(Type type) {
    if (!(type instanceof ParameterizedType p)) return Optional.empty();
    if (p.getRawType() == List.class) return Optional.of(p.getActualTypeArguments()[0]);
    boolean named = p.getRawType() == Map.class && p.getActualTypeArguments()[0] == String.class;
    return named ? Optional.of(p.getActualTypeArguments()[1]) : Optional.empty();
  }

  /** The dotted keys of a record type whose values are chosen by kind. */
  static List<String> choiceKeys(Class<?> type, String path) {
    var keys = new ArrayList<String>();
    for (var component : type.getRecordComponents()) {
      String key = Binder.join(path, component.getName());
      if (isChoice(component.getType())) keys.add(key);
      if (isSection(component.getType())) keys.addAll(choiceKeys(component.getType(), key));
    }
    return keys;
  }

  /** The dotted keys of a record type, sections and what is in them, in order. */
  static List<String> keys(Class<?> type, String path) {
    var keys = new ArrayList<String>();
    for (var component : type.getRecordComponents()) {
      String key = Binder.join(path, component.getName());
      keys.add(key);
      if (isSection(component.getType())) keys.addAll(keys(component.getType(), key));
      if (isChoice(component.getType())) {
        keys.add(Binder.join(key, KIND));
        choices(component.getType()).values().forEach(record -> keys.addAll(keys(record, key)));
      }
    }
    return keys;
  }

  /** How an enum constant is written: {@code ROUND_ROBIN} is {@code roundRobin}. */
  static String name(Enum<?> constant) {
    var name = new StringBuilder();
    boolean up = false;
    for (char c : constant.name().toLowerCase(Locale.ROOT).toCharArray()) {
      if (c != '_') name.append(up ? Character.toUpperCase(c) : c);
      up = c == '_';
    }
    return name.toString();
  }

  /** Records as maps, kinds in their short form where they can be, enums by name; all in order. */
  static Object plain(Object value) {
    if (value instanceof Kind kind) {
      if (kind.options().isEmpty()) return kind.kind();
      var map = new LinkedHashMap<String, Object>();
      map.put(KIND, kind.kind());
      kind.options().forEach((key, v) -> map.put(key, plain(v)));
      return map;
    }
    if (value instanceof Record record) {
      var map = new LinkedHashMap<String, Object>();
      var choice = record.getClass().getAnnotation(Choice.class);
      if (choice != null) map.put(KIND, choice.value());
      for (var component : record.getClass().getRecordComponents()) {
        Object part = get(component, record);
        if (!part.equals(OptionalDouble.empty())) map.put(component.getName(), plain(part));
      }
      return map;
    }
    if (value instanceof Map<?, ?> given) {
      var map = new LinkedHashMap<String, Object>();
      given.forEach((key, v) -> map.put(key.toString(), plain(v)));
      return map;
    }
    if (value instanceof OptionalDouble number) return number.getAsDouble();
    if (value instanceof List<?> list) return list.stream().map(Records::plain).toList();
    return value instanceof Enum<?> constant ? name(constant) : value;
  }
}
