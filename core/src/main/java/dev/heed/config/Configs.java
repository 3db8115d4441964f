package dev.heed.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.util.StringQuotingChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/**
 * Reads YAML and JSON into records, and writes records as YAML and JSON.
 *
 * <p>What can be configured is a record whose compact constructor validates, and whose instance
 * {@code DEFAULT} gives every key its default. A file is laid on the default, {@code --set}
 * overrides are laid on the file, and only the result is validated. Components may be {@code int},
 * {@code long}, {@code float}, {@code double}, {@code boolean}, {@code String}, an enum ({@code
 * ROUND_ROBIN} is written {@code roundRobin}; case, {@code -} and {@code _} don't count), another
 * record (a section), one of the records of a sealed interface (a section with a {@code kind}:
 * {@link Choice}), a {@link Kind}, a {@code List} of these, or free-form: {@code Map<String, …>},
 * {@code Object} or {@code JsonNode}. A given list or free-form value replaces the default whole. A
 * record in a list starts from the constant {@code DEFAULT} of its type, or must give every key if
 * there is none.
 *
 * <p>A mistake is a {@link UserError} that begins with the place: {@code recipe.yaml:12: unknown
 * key train.stpes; did you mean train.steps?}
 */
public final class Configs {
  private static final Pattern WORDS = Pattern.compile("[A-Za-z_/][\\w./-]*( [\\w./-]+)*");
  // Words that YAML 1.1 or 1.2 readers take for something other than text.
  private static final Set<String> RESERVED =
      Set.of("null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "infinity");

  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .stringQuotingChecker(new Quoting())
              .build());
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder().disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS).build());
  private static final ObjectWriter INDENTED =
      JSON.writer(
          new DefaultPrettyPrinter(
                  Separators.createDefaultInstance()
                      .withObjectFieldValueSpacing(Separators.Spacing.AFTER))
              .withObjectIndenter(new DefaultIndenter("  ", "\n")));

  private Configs() {}

  /**
   * {@code defaults}, with what {@code file} says in their stead, and what {@code overrides} say in
   * the file's.
   *
   * @param file JSON if its name ends in {@code .json}, else YAML; UTF-8
   * @param overrides each {@code dotted.key=value}. A value that begins with <code>[</code>, <code>
   *     {</code> or a quote is read as YAML, any other as it stands.
   * @throws UserError if the file can't be read, a key is unknown or given twice, a value has the
   *     wrong type, or a record refuses its values
   */
  public static <T extends Record> T read(Path file, T defaults, List<String> overrides) {
    return parse(text(file), file.toString(), defaults, overrides);
  }

  /**
   * As {@link #read}, from text.
   *
   * @param where what to call the text in messages: a file's name, of which the ending counts
   */
  public static <T extends Record> T parse(
      String text, String where, T defaults, List<String> overrides) {
    Node written = document(text, where);
    for (String key : Records.choiceKeys(defaults.getClass(), ""))
      written = withoutOtherKind(written, key, Records.kind(defaults, key), overrides);
    for (String override : overrides) written = written.with(override(override));
    return Binder.bind(defaults, written);
  }

  /**
   * A file's section of one kind says nothing to another that the overrides name.
   *
   * @param silent the kind of a file that doesn't name one
   */
  private static Node withoutOtherKind(
      Node written, String key, String silent, List<String> overrides) {
    String assignment = Binder.join(key, Records.KIND) + "=";
    return overrides.stream()
        .filter(override -> override.startsWith(assignment))
        .reduce((first, last) -> last)
        .filter(
            last -> !kind(written, key).orElse(silent).equals(last.substring(assignment.length())))
        .map(last -> written.without(key))
        .orElse(written);
  }

  /** What a file calls the kind of a section; empty if it is silent. */
  private static Optional<String> kind(Node written, String key) {
    Node node = written;
    for (String name : Binder.join(key, Records.KIND).split("\\.")) {
      if (!(node instanceof Node.Section section) || !section.entries().containsKey(name))
        return Optional.empty();
      node = section.entries().get(name);
    }
    return node instanceof Node.Scalar scalar ? Optional.of(scalar.text()) : Optional.empty();
  }

  /**
   * A record from a JSON file, such as {@link #toJson} writes; what it lacks is taken from the
   * type's constant {@code DEFAULT}, and must be there if the type has none.
   *
   * @throws UserError as {@link #read}
   */
  public static <T extends Record> T fromJson(Path file, Class<T> type) {
    IntFunction<String> place = line -> file + ":" + line;
    return Binder.bind(type, JsonSource.read(text(file), place));
  }

  /**
   * What a file, or an override, says for one key at its top; empty if it is silent.
   *
   * @throws UserError if the file can't be read
   */
  public static Optional<String> value(Path file, String key, List<String> overrides) {
    Node written = document(text(file), file.toString());
    for (String override : overrides) written = written.with(override(override));
    return written instanceof Node.Section section
            && section.entries().get(key) instanceof Node.Scalar scalar
        ? Optional.of(scalar.text())
        : Optional.empty();
  }

  /** Records, maps, lists and values as YAML that {@link #parse} reads back to the same. */
  public static String toYaml(Object value) {
    return write(YAML.writer(), value);
  }

  /** Records, maps, lists and values as indented JSON, with a newline at the end. */
  public static String toJson(Object value) {
    return write(INDENTED, value) + "\n";
  }

  /** As {@link #toJson}, on one line and with no newline. */
  public static String toLine(Object value) {
    return write(JSON.writer(), value);
  }

  /**
   * A Markdown table of every key, section by section in order: key, default, meaning.
   *
   * @throws IllegalStateException if a component has no {@link Doc}
   */
  public static String document(Record defaults) {
    return DocTable.of(defaults);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  private static Node document(String text, String where) {
    IntFunction<String> place = line -> where + ":" + line;
    boolean json = where.toLowerCase(Locale.ROOT).endsWith(".json");
    Node root = json ? JsonSource.read(text, place) : YamlSource.read(text, place);
    if (root instanceof Node.Section) return root;
    if (root instanceof Node.Scalar s && s.isNull()) {
      return new Node.Section(root.origin(), Map.of());
    }
    throw new UserError(root.origin() + ": write keys with values here, such as \"key: value\"");
  }

  private static Node override(String assignment) {
    String origin = "--set " + assignment;
    int equals = assignment.indexOf('=');
    if (equals < 1) {
      throw new UserError(origin + ": write key=value, such as train.steps=100");
    }
    String text = assignment.substring(equals + 1);
    boolean yaml = !text.isEmpty() && "[{\"'".indexOf(text.charAt(0)) >= 0;
    Node node =
        yaml
            ? YamlSource.read(text, line -> origin)
            : new Node.Scalar(origin, text, text.isEmpty());
    String path = assignment.substring(0, equals);
    for (int dot = path.lastIndexOf('.'); dot >= 0; dot = path.lastIndexOf('.')) {
      node = new Node.Section(origin, Map.of(path.substring(dot + 1), node));
      path = path.substring(0, dot);
    }
    return new Node.Section(origin, Map.of(path, node));
  }

  private static String write(ObjectWriter writer, Object value) {
    try {
      return writer.writeValueAsString(Records.plain(value));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write " + value, e);
    }
  }

  /** Quotes whatever isn't plain words. */
  private static final class Quoting extends StringQuotingChecker {
    @Override
    public boolean needToQuoteName(String name) {
      return needToQuoteValue(name);
    }

    @Override
    public boolean needToQuoteValue(String value) {
      return !WORDS.matcher(value).matches() || RESERVED.contains(value.toLowerCase(Locale.ROOT));
    }
  }
}
