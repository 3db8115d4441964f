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
  private final StringBuilder table =
      new StringBuilder("| key | default | meaning |\n| --- | --- | --- |\n");

  private DocTable() {}

  static String of(Record defaults) {
    var table = new DocTable();
    table.rows(defaults.getClass(), Optional.of(defaults), "");
    return table.table.toString();
  }

  private void rows(Class<?> type, Optional<?> defaults, String path) {
    for (var component : type.getRecordComponents()) {
      String key = Binder.join(path, component.getName());
      Optional<?> own = defaults.map(record -> Records.get(component, record));
      Type kind = component.getGenericType();
      boolean section = Records.isSection(kind);
      String value = section ? "" : own.map(DocTable::code).orElse("required");
      table.append("| `%s` | %s | %s |\n".formatted(key, cell(value), cell(meaning(component))));
      if (section) rows(component.getType(), own, key);
      // Sections in a list or under free names: their keys, each with its type's own default.
      var element = Records.element(kind).filter(Records::isSection);
      if (element.isPresent()) {
        Class<?> inner = (Class<?>) element.get();
        String each = component.getType() == List.class ? "[]" : ".*";
        rows(inner, Records.constant(inner), key + each);
      }
    }
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
