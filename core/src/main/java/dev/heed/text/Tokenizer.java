package dev.heed.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Text to token ids and back, as Hugging Face's {@code tokenizer.json} says. Truncation and padding
 * that the file asks for are left out: a text is never cut here, and batches are padded elsewhere.
 *
 * <p>Immutable, and safe for use by several threads at once. Its native memory is freed with it by
 * the garbage collector.
 */
public final class Tokenizer {
  private static final String FILE = "tokenizer.json";

  private final String source;
  private final String json;
  private final NativeTokenizer library;
  private final boolean specials;
  private final Map<String, Integer> ids;
  private final String[] tokens;
  private final String continuation;

  private Tokenizer(String source, String json, ObjectNode tree) {
    this.source = source;
    this.json = json;
    this.specials = true;
    try {
      this.library = new NativeTokenizer(ExactScores.json(tree));
    } catch (RuntimeException e) {
      throw unreadable(source, e.getMessage(), e);
    }
    this.ids = vocabulary(tree);
    this.tokens = new String[ids.values().stream().mapToInt(id -> id + 1).max().orElse(0)];
    ids.forEach((token, id) -> tokens[id] = token);
    this.continuation = tree.path("model").path("continuing_subword_prefix").asText("");
  }

  private Tokenizer(Tokenizer other, boolean specials) {
    this.source = other.source;
    this.json = other.json;
    this.library = other.library;
    this.specials = specials;
    this.ids = other.ids;
    this.tokens = other.tokens;
    this.continuation = other.continuation;
  }

  /**
   * Reads a tokenizer.json file, or the one in a folder.
   *
   * @throws UserError if there is none or it is broken
   */
  public static Tokenizer load(Path fileOrFolder) {
    Path file = Files.isDirectory(fileOrFolder) ? fileOrFolder.resolve(FILE) : fileOrFolder;
    String json;
    try {
      json = Files.readString(file);
    } catch (IOException e) {
      String reason = Files.exists(file) ? "cannot be read as UTF-8" : "does not exist";
      throw new UserError(
          "The tokenizer " + file + " " + reason + ": give a tokenizer.json or a folder with one.",
          e);
    }
    try {
      if (TokenizerFile.JSON.readTree(json) instanceof ObjectNode tree) {
        return new Tokenizer(file.toString(), json, tree);
      }
      throw unreadable(file.toString(), "it holds no JSON object", null);
    } catch (JsonProcessingException e) {
      String where = "line " + e.getLocation().getLineNr() + ": " + e.getOriginalMessage();
      throw unreadable(file.toString(), where, e);
    }
  }

  /**
   * The tokenizer that a tokenizer.json tree describes, such as a {@link TokenizerTrainer} makes.
   *
   * @throws UserError if it describes none
   */
  public static Tokenizer of(ObjectNode tree) {
    return new Tokenizer("the tokenizer in memory", tree.toPrettyString(), tree);
  }

  /** This tokenizer without the special tokens that its post-processor puts around a text. */
  public Tokenizer withoutSpecials() {
    return new Tokenizer(this, false);
  }

  /**
   * The ids of a text, with the special tokens of the post-processor. The content of a special
   * token, such as {@code </s>}, within the text stands for that token.
   *
   * @throws UserError if the text is not valid Unicode
   */
  public int[] encode(String text) {
    return encoding(text).ids();
  }

  /** The ids of each text, encoded in parallel; neither padded nor cut. */
  public List<int[]> encodeAll(List<String> texts) {
    return library.encode(texts, specials);
  }

  /** As {@link #encode}, with the tokens and where they stand in the text. */
  public Encoding encoding(String text) {
    return library.encode(text, specials);
  }

  /** A pair of texts, such as question and context, joined as the post-processor says. */
  public Encoding encoding(String first, String second) {
    return library.encode(first, second, specials);
  }

  /** The text of the ids, special tokens skipped; so are ids beyond the vocabulary. */
  public String decode(int[] ids) {
    return library.decode(ids, true);
  }

  /** As {@link #decode}, but special tokens are spelled out. */
  public String decodeWithSpecials(int[] ids) {
    return library.decode(ids, false);
  }

  /** The text of each array of ids, special tokens skipped. */
  public List<String> decodeAll(List<int[]> ids) {
    return library.decode(ids, true);
  }

  /** One more than the highest id: how many rows an embedding needs, added tokens included. */
  public int size() {
    return tokens.length;
  }

  /** The id of a token as the vocabulary spells it. */
  public OptionalInt id(String token) {
    Integer id = ids.get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * The token of an id, as the vocabulary spells it.
   *
   * @throws IndexOutOfBoundsException if no token has this id
   */
  public String token(int id) {
    if (id < 0 || id >= tokens.length || tokens[id] == null) {
      throw new IndexOutOfBoundsException("no token has the id " + id + " in " + source);
    }
    return tokens[id];
  }

  /** What tokens begin with that go on with a word, such as {@code ##}; empty if nothing tells. */
  public String continuation() {
    return continuation;
  }

  /**
   * The id that fills up short texts in a batch.
   *
   * @throws UserError if the vocabulary has none; so for the four below
   */
  public int pad() {
    return conventional("padding", "<pad>", "[PAD]");
  }

  /** The id that begins a text; where the vocabulary has one token for both ends, that one. */
  public int bos() {
    return conventional("beginning-of-text", "<s>", "[CLS]", "<|endoftext|>");
  }

  /** The id that ends a text. */
  public int eos() {
    return conventional("end-of-text", "</s>", "[SEP]", "<|endoftext|>");
  }

  /** The id of what the vocabulary cannot spell. */
  public int unk() {
    return conventional("unknown", "<unk>", "[UNK]", "<|endoftext|>");
  }

  /** The id that stands for a token, or tokens, to be guessed. */
  public int mask() {
    return conventional("mask", "[MASK]", "<mask>");
  }

  /**
   * Writes the tokenizer.json that this tokenizer was made from, unchanged, to the file named so
   * or, if the path is a folder, into it.
   *
   * @throws UserError if it cannot be written
   */
  public void save(Path fileOrFolder) {
    Path file = Files.isDirectory(fileOrFolder) ? fileOrFolder.resolve(FILE) : fileOrFolder;
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.writeString(part, json);
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UserError(
          "The tokenizer cannot be written to " + file + ": give a folder that can be written.", e);
    }
  }

  @Override
  public String toString() {
    return "Tokenizer[" + source + ", " + size() + " tokens]";
  }

  private int conventional(String role, String... contents) {
    for (String content : contents) {
      if (ids.containsKey(content)) return ids.get(content);
    }
    throw new UserError(
        String.format(
            "The vocabulary of %s has no %s token: add one of %s to it.",
            source, role, String.join(", ", contents)));
  }

  /** Every token's id: a map in most models, an array of (piece, score) in Unigram. */
  private static Map<String, Integer> vocabulary(ObjectNode tree) {
    var ids = new HashMap<String, Integer>();
    JsonNode vocabulary = tree.path("model").path("vocab");
    if (vocabulary.isArray()) {
      for (int id = 0; id < vocabulary.size(); id++) {
        ids.put(vocabulary.path(id).path(0).asText(), id);
      }
    } else {
      vocabulary.properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt()));
    }
    for (JsonNode added : tree.path("added_tokens")) {
      ids.put(added.path("content").asText(), added.path("id").asInt());
    }
    return Map.copyOf(ids);
  }

  private static UserError unreadable(String source, String reason, Exception cause) {
    return new UserError(
        "No tokenizer can be read from "
            + source
            + " ("
            + reason
            + "): give a tokenizer.json as Hugging Face's tokenizers write it.",
        cause);
  }
}
