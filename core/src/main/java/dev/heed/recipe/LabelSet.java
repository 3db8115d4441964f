package dev.heed.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Labelled;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The classes that a head tells apart, by number. */
final class LabelSet {
  private final List<String> names;
  private final Map<String, Integer> numbers = new HashMap<>();

  /** In their order. */
  LabelSet(List<String> names) {
    this.names = names;
    for (int i = 0; i < names.size(); i++) numbers.put(names.get(i), i);
  }

  /** Those of a corpus, in order. */
  static LabelSet of(List<Labelled> texts) {
    TreeSet<String> all = new TreeSet<>();
    texts.forEach(text -> all.addAll(text.labels()));
    return new LabelSet(List.copyOf(all));
  }

  int size() {
    return names.size();
  }

  String name(int number) {
    return names.get(number);
  }

  /**
   * @param where the label stands, for the message
   * @throws UserError if the label isn't one of them
   */
  int number(String name, String where) {
    Integer number = numbers.get(name);
    if (number == null)
      throw new UserError(
          "%s: the label \"%s\" is not in the training data, which has %s"
              .formatted(where, name, String.join(", ", names)));
    return number;
  }

  /** Writes {@code id2label} and {@code label2id} as Hugging Face has them. */
  void write(ObjectNode config) {
    ObjectNode byNumber = config.putObject("id2label");
    ObjectNode byName = config.putObject("label2id");
    for (int i = 0; i < names.size(); i++) {
      byNumber.put(Integer.toString(i), names.get(i));
      byName.put(names.get(i), i);
    }
  }
}
