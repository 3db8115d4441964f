package dev.heed.config;

import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The Markdown table of a record's keys, from its {@link Doc} notes. */
final class DocTable {
  private static final String HEAD = "| key | default | meaning |\n| --- | --- | --- |\n";

  private final StringBuilder table = new StringBuilder(HEAD);
  private final StringBuilder others =
      new StringBuilder(); // tables of the kinds that aren't default

  private DocTable() {}

  static String of(Record defaults) {
    var table = new DocTable();
    table.rows(defaults.getClass(), Optional.of(defaults), "");
    return table.table.toString() + table.others;
  }

  private void rows(Class<?> type, Optional<?> defaults, String path) {
    for (var component : type.getRecordComponents()) {
      String key = Binder.join(path, component.getName());
      Optional<?> own = defaults.map(record -> Records.get(component, record));
      Type kind = component.getGenericType();
      boolean section = Records.isSection(kind);
      String value =
          section || Records.isChoice(kind) ? "" : own.map(DocTable::code).orElse("required");
      table.append("| `%s` | %s | %s |\n".formatted(key, cell(value), cell(meaning(component))));
      if (section) rows(component.getType(), own, key);
      if (Records.isChoice(kind)) choice(component.getType(), own.orElseThrow(), key);
      // Sections in a list or under free names: their keys, each with its type's own default.
      var element = Records.element(kind).filter(Records::isSection);
      if (element.isPresent()) {
        Class<?> inner = (Class<?>) element.get();
        String each = component.getType() == List.class ? "[]" : ".*";
        rows(inner, Records.constant(inner), key + each);
      }
    }
  }

  /** The keys of the default kind here, and those of the others in tables of their own. */
  private void choice(Class<?> type, Object defaults, String key) {
    var choices = Records.choices(type);
    String chosen = defaults.getClass().getAnnotation(Choice.class).value();
    String names = "`" + String.join("`, `", choices.keySet()) + "`";
    table.append(
        "| `%s` | `%s` | which of %s; each has keys of its own |\n"
            .formatted(Binder.join(key, Records.KIND), chosen, names));
    rows(defaults.getClass(), Optional.of(defaults), key);
    choices.forEach(
        (name, record) -> {
          if (name.equals(chosen)) return;
          var other = new DocTable();
          other.rows(record, Records.constant(record), key);
          others.append("\n### `%s` of kind `%s`\n\n%s".formatted(key, name, other.table));
        });
  }

  private static String meaning(RecordComponent component) {
    Doc doc = component.getAnnotation(Doc.class);
    if (doc == null) {
      String type = component.getDeclaringRecord().getName();
      throw new IllegalStateException(type + "." + component.getName() + " has no @Doc");
    }
    if (!component.getType().isEnum()) return doc.value();
    var names =
        Arrays.stream(component.getType().getEnumConstants())
            .map(constant -> "`" + Records.name((Enum<?>) constant) + "`")
            .collect(Collectors.joining(", "));
    return doc.value() + " (" + names + ")";
  }

  private static String code(Object value) {
    if (value.equals(OptionalDouble.empty())) return "—";
    Object plain = Records.plain(value);
    String text = plain instanceof String word && !word.isEmpty() ? word : Configs.toLine(plain);
    return "`" + text + "`";
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }
}
