package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** The classes that a model tells apart, by number: {@code id2label} in config.json. */
public final class Labels {
  private final List<String> names;
  private final Map<String, Integer> numbers = new HashMap<>();

  /** In the order given. */
  public Labels(List<String> names) {
    this.names = List.copyOf(names);
    for (int i = 0; i < names.size(); i++) numbers.put(names.get(i), i);
  }

  /** Those of a corpus, in order. */
  public static Labels of(Collection<String> all) {
    return new Labels(List.copyOf(new TreeSet<>(all)));
  }

  /**
   * Those of a model; {@code LABEL_0} and {@code LABEL_1} where none are given.
   *
   * @param folder of the config.json, for messages
   * @throws UserError if they aren't one for each class from 0 on
   */
  public static Labels of(JsonNode config, Path folder) {
    JsonNode named = config.path("id2label");
    int classes = named.isEmpty() ? config.path("num_labels").asInt(2) : named.size();
    return new Labels(
        IntStream.range(0, classes)
            .mapToObj(
                i -> {
                  JsonNode name = named.path(Integer.toString(i));
                  if (name.isTextual() || named.isEmpty()) return name.asText("LABEL_" + i);
                  throw new UserError(
                      "%s: id2label must name the classes 0 to %d, and lacks %d"
                          .formatted(folder.resolve("config.json"), classes - 1, i));
                })
            .toList());
  }

  /** In the model's order. */
  public List<String> names() {
    return names;
  }

  /**
   * @param where the label stands, for the message
   * @throws UserError if the label isn't one of them
   */
  public int number(String name, String where) {
    Integer number = numbers.get(name);
    if (number == null)
      throw new UserError(
          "%s: the label \"%s\" is not in the training data, which has %s"
              .formatted(where, name, String.join(", ", names)));
    return number;
  }

  /** Writes {@code id2label} and {@code label2id} as Hugging Face has them. */
  public void write(ObjectNode config) {
    ObjectNode byNumber = config.putObject("id2label");
    ObjectNode byName = config.putObject("label2id");
    for (int i = 0; i < names.size(); i++) {
      byNumber.put(Integer.toString(i), names.get(i));
      byName.put(names.get(i), i);
    }
  }
}
