package dev.heed.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Builds the tokenizer.json tree around a trained model. */
final class TokenizerFile {
  static final ObjectMapper JSON = new ObjectMapper();

  private TokenizerFile() {}

  /** A node of the given type; its other fields are for the caller to put. */
  static ObjectNode part(String type) {
    return JSON.createObjectNode().put("type", type);
  }

  /** A vocabulary as a map from token to id, in the order of the ids. */
  static ObjectNode vocabulary(List<String> tokens) {
    ObjectNode node = JSON.createObjectNode();
    for (int id = 0; id < tokens.size(); id++) node.put(tokens.get(id), id);
    return node;
  }

  /** The tree, without normalizer; the specials have the ids from 0 on. */
  static ObjectNode of(
      Specials specials, JsonNode preTokenizer, ObjectNode decoder, ObjectNode model) {
    ObjectNode tree = JSON.createObjectNode();
    tree.put("version", "1.0").putNull("truncation").putNull("padding");
    ArrayNode added = tree.putArray("added_tokens");
    for (int id = 0; id < specials.tokens().size(); id++) {
      added
          .addObject()
          .put("id", id)
          .put("content", specials.tokens().get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    tree.putNull("normalizer");
    tree.set("pre_tokenizer", preTokenizer);
    if (specials.template().isEmpty()) {
      tree.putNull("post_processor");
    } else {
      tree.set("post_processor", template(specials));
    }
    tree.set("decoder", decoder);
    tree.set("model", model);
    return tree;
  }

  private static ObjectNode template(Specials specials) {
    List<String> parts = specials.parts();
    List<String> second = parts.subList(parts.indexOf("$A"), parts.size());
    ObjectNode node = part("TemplateProcessing");
    put(node.putArray("single"), parts, "A", 0);
    ArrayNode pair = node.putArray("pair");
    put(pair, parts, "A", 0);
    put(pair, second, "B", 1);
    ObjectNode tokens = node.putObject("special_tokens");
    for (String part : parts) {
      if (part.equals("$A")) continue;
      ObjectNode token = tokens.putObject(part).put("id", part);
      token.putArray("ids").add(specials.tokens().indexOf(part));
      token.putArray("tokens").add(part);
    }
    return node;
  }

  private static void put(ArrayNode to, List<String> parts, String sequence, int typeId) {
    for (String part : parts) {
      boolean text = part.equals("$A");
      to.addObject()
          .putObject(text ? "Sequence" : "SpecialToken")
          .put("id", text ? sequence : part)
          .put("type_id", typeId);
    }
  }
}
