package dev.heed.config;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** YAML text into {@link Node}s that know their lines. */
final class YamlSource {
  private final IntFunction<String> place;

  /** What is being read; an anchor used within itself would be met here again. */
  private final Set<org.yaml.snakeyaml.nodes.Node> open = new HashSet<>();

  private YamlSource(IntFunction<String> place) {
    this.place = place;
  }

  /**
   * Reads one document; an empty one is a null.
   *
   * @param place names a line, counted from 1: {@code recipe.yaml:12}
   */
  static Node read(String text, IntFunction<String> place) {
    try {
      var root = new Yaml(new LoaderOptions()).compose(new StringReader(text));
      if (root == null) return new Node.Scalar(place.apply(1), "", false);
      return new YamlSource(place).node(root, origin(root, place), "");
    } catch (MarkedYAMLException e) {
      String at = place.apply(e.getProblemMark().getLine() + 1);
      throw new UserError(at + ": this is not YAML: " + e.getProblem(), e);
    } catch (YAMLException e) {
      String sentence = e.getMessage().lines().findFirst().orElse("");
      throw new UserError(place.apply(1) + ": this is not YAML: " + sentence, e);
    }
  }

  /** The origin of a value is the line of its key, or of itself in a list. */
  private Node node(org.yaml.snakeyaml.nodes.Node node, String origin, String path) {
    if (node instanceof ScalarNode scalar) {
      boolean quoted = scalar.getScalarStyle() != ScalarStyle.PLAIN;
      return new Node.Scalar(origin, scalar.getValue(), quoted);
    }
    if (!open.add(node)) throw new UserError(origin + ": " + path + " contains itself");
    Node read =
        node instanceof MappingNode mapping
            ? section(mapping, origin, path)
            : items((SequenceNode) node, origin, path);
    open.remove(node);
    return read;
  }

  private Node items(SequenceNode sequence, String origin, String path) {
    var items = new ArrayList<Node>();
    for (var item : sequence.getValue()) {
      items.add(node(item, origin(item, place), path + "[" + items.size() + "]"));
    }
    return new Node.Items(origin, items);
  }

  private Node section(MappingNode mapping, String origin, String path) {
    Map<String, Node> entries = new LinkedHashMap<>();
    for (var entry : mapping.getValue()) {
      String at = origin(entry.getKeyNode(), place);
      if (!(entry.getKeyNode() instanceof ScalarNode key)) {
        throw new UserError(at + ": a key must be a word");
      }
      String full = Binder.join(path, key.getValue());
      Node first = entries.putIfAbsent(key.getValue(), node(entry.getValueNode(), at, full));
      if (first != null) throw twice(at, full, first);
    }
    return new Node.Section(origin, entries);
  }

  /** A key given a second time. */
  static UserError twice(String at, String path, Node first) {
    return new UserError(
        "%s: %s is given twice, first at %s; remove one".formatted(at, path, first.origin()));
  }

  private static String origin(org.yaml.snakeyaml.nodes.Node node, IntFunction<String> place) {
    return place.apply(node.getStartMark().getLine() + 1);
  }
}
