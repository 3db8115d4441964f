package dev.heed.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/** JSON text into {@link Node}s that know their lines. */
final class JsonSource {
  // Infinity and NaN stand bare, as Python's json writes them.
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();
  private static final Pattern DETAIL = Pattern.compile("\\n.*| \\(for .*", Pattern.DOTALL);

  private final JsonParser parser;
  private final IntFunction<String> place;

  private JsonSource(JsonParser parser, IntFunction<String> place) {
    this.parser = parser;
    this.place = place;
  }

  /**
   * Reads one value; no text at all is a null.
   *
   * @param place names a line, counted from 1: {@code config.json:12}
   */
  static Node read(String text, IntFunction<String> place) {
    try (var parser = JSON.createParser(text)) {
      var source = new JsonSource(parser, place);
      if (parser.nextToken() == null) return new Node.Scalar(place.apply(1), "", false);
      Node root = source.node(source.here(), "");
      if (parser.nextToken() != null) {
        throw new UserError(source.here() + ": this is not JSON: there is more after its end");
      }
      return root;
    } catch (JsonProcessingException e) {
      String sentence = DETAIL.matcher(e.getOriginalMessage()).replaceAll("");
      String at = place.apply(e.getLocation().getLineNr());
      throw new UserError(at + ": this is not JSON: " + sentence, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a String has no other way to fail
    }
  }

  private String here() {
    return place.apply(parser.currentTokenLocation().getLineNr());
  }

  private Node node(String origin, String path) throws IOException {
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      var entries = new LinkedHashMap<String, Node>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String at = here();
        String key = parser.currentName();
        String full = Binder.join(path, key);
        parser.nextToken();
        Node first = entries.putIfAbsent(key, node(at, full));
        if (first != null) throw YamlSource.twice(at, full, first);
      }
      return new Node.Section(origin, entries);
    }
    if (token == JsonToken.START_ARRAY) {
      var items = new ArrayList<Node>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(node(here(), path + "[" + items.size() + "]"));
      }
      return new Node.Items(origin, items);
    }
    return new Node.Scalar(origin, parser.getText(), token == JsonToken.VALUE_STRING);
  }
}
