package dev.heed.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.heed.config.Doc;
import dev.heed.config.UserError;
import dev.heed.text.ChatTemplate.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sources with the targets that a model is to write, and how they become batches. */
public record ExchangeData(
    @Doc("folder that the names below are relative to") String dir,
    @Doc(
            "`tsv`, `jsonl`, or `messages`: a conversation a line, each answer of the `assistant` a target; all may be gzip")
        Format format,
    @Doc(
            "the source: column from 1, or its name in the first line (`tsv`), or field; a list of texts is joined with spaces")
        String source,
    @Doc(
            "the target, likewise; of a list of texts the first is taken; `messages` has it in `source`")
        String target,
    @Doc("written before each source, such as `summarize: `; `messages` has none") String prefix,
    @Doc("written after each source, such as a line end and `Answer:`; `messages` has none")
        String suffix,
    @Doc("training file") String train,
    @Doc("validation file") String valid,
    @Doc(
            "longest source in tokens, `prefix` and `suffix` included; of a longer one an encoder loses the end, a decoder alone the beginning")
        int maxSource,
    @Doc("longest target in tokens, the end token included; the rest is cut off") int maxTarget,
    @Doc("most tokens of a batch, padding included") int batchTokens) {

  /** How texts are stored. */
  public enum Format {
    TSV,
    JSONL,
    MESSAGES
  }

  private static final ObjectReader READER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  public static final ExchangeData DEFAULT =
      new ExchangeData(
          ".",
          Format.JSONL,
          "source",
          "target",
          "",
          "",
          "train.jsonl",
          "dev.jsonl",
          512,
          128,
          4096);

  public ExchangeData {
    if (maxSource < 2)
      throw new IllegalArgumentException("maxSource must be at least 2, not " + maxSource);
    if (maxTarget < 2)
      throw new IllegalArgumentException("maxTarget must be at least 2, not " + maxTarget);
    if (maxSource + maxTarget > batchTokens)
      throw new IllegalArgumentException(
          "batchTokens (%d) must be at least maxSource + maxTarget (%d), or a batch could not hold one pair"
              .formatted(batchTokens, maxSource + maxTarget));
    if (format == Format.MESSAGES && !(prefix.isEmpty() && suffix.isEmpty()))
      throw new IllegalArgumentException(
          "prefix and suffix must be empty where format is messages: the chat template frames them");
  }

  /**
   * Reads the training file.
   *
   * @throws UserError if the file is missing or amiss, with its line
   */
  public List<Exchange> trainTexts() {
    return read(train);
  }

  public List<Exchange> validTexts() {
    return read(valid);
  }

  private List<Exchange> read(String name) {
    Path file = Path.of(dir).resolve(name);
    List<Exchange> all = new ArrayList<>();
    try (Lines lines = Lines.of(file)) {
      if (format == Format.TSV) columns(lines, all);
      else
        while (lines.hasNext()) {
          JsonNode object = object(lines.next(), lines.where());
          if (format == Format.MESSAGES) conversation(object, lines.where(), all);
          else
            add(
                joined(field(object, source, lines.where()), source, lines.where()),
                first(field(object, target, lines.where()), target, lines.where()),
                lines.where(),
                all);
        }
    }
    if (all.isEmpty()) throw new UserError(file + ": no source with a target is in it");
    return all;
  }

  private void add(String said, String answer, String where, List<Exchange> all) {
    if (!said.isBlank() && !answer.isBlank())
      all.add(
          new Exchange(
              List.of(new Message("user", prefix + said + suffix)), answer.strip(), where));
  }

  // ---- columns ----------------------------------------------------------------------------------

  private void columns(Lines lines, List<Exchange> all) {
    boolean named = !isNumber(source) || !isNumber(target);
    List<String> names =
        named && lines.hasNext() ? Arrays.asList(lines.next().split("\t", -1)) : List.of();
    int from = column("source", source, names, lines.where());
    int to = column("target", target, names, lines.where());
    while (lines.hasNext()) {
      String[] columns = lines.next().split("\t", -1);
      if (columns.length <= Math.max(from, to))
        throw new UserError(
            "%s: %d column(s) but column %d is asked for; mend the line or name other columns"
                .formatted(lines.where(), columns.length, Math.max(from, to) + 1));
      add(columns[from], columns[to], lines.where(), all);
    }
  }

  private static boolean isNumber(String name) {
    return name.matches("[1-9][0-9]{0,5}");
  }

  private static int column(String key, String name, List<String> names, String where) {
    if (isNumber(name)) return Integer.parseInt(name) - 1;
    if (names.contains(name)) return names.indexOf(name);
    throw new UserError(
        "%s: no column is named \"%s\", as data.%s says; there are %s"
            .formatted(where, name, key, String.join(", ", names)));
  }

  // ---- JSON -------------------------------------------------------------------------------------

  private static JsonNode object(String line, String where) {
    try {
      JsonNode object = READER.readTree(line);
      if (object.isObject()) return object;
      throw new UserError(where + ": not a JSON object; write one object a line");
    } catch (JsonProcessingException e) {
      throw new UserError(where + ": not JSON; write one object a line", e);
    }
  }

  private static JsonNode field(JsonNode object, String name, String where) {
    if (object.has(name)) return object.get(name);
    throw new UserError(
        "%s: no field \"%s\"; mend the line or name another field".formatted(where, name));
  }

  private static String joined(JsonNode value, String name, String where) {
    return String.join(" ", texts(value, name, where));
  }

  private static String first(JsonNode value, String name, String where) {
    return texts(value, name, where).stream().findFirst().orElse("");
  }

  private static List<String> texts(JsonNode value, String name, String where) {
    List<String> texts = new ArrayList<>();
    if (value.isTextual()) texts.add(value.textValue());
    else if (value.isArray() && value.valueStream().allMatch(JsonNode::isTextual))
      value.forEach(one -> texts.add(one.textValue()));
    else
      throw new UserError(
          "%s: field \"%s\" is neither a string nor a list of strings; mend the line or name another field"
              .formatted(where, name));
    return texts;
  }

  /** Every answer of the assistant, behind all that was said before it. */
  private void conversation(JsonNode object, String where, List<Exchange> all) {
    JsonNode turns = field(object, source, where);
    if (!turns.isArray())
      throw new UserError("%s: field \"%s\" is no list of messages".formatted(where, source));
    List<Message> said = new ArrayList<>();
    for (JsonNode turn : turns) {
      if (!turn.path("role").isTextual() || !turn.path("content").isTextual())
        throw new UserError(
            "%s: a message in \"%s\" must have the strings role and content"
                .formatted(where, source));
      Message message = new Message(turn.get("role").textValue(), turn.get("content").textValue());
      if (message.role().equals("assistant")) {
        if (said.isEmpty())
          throw new UserError(where + ": the assistant speaks first; there is nothing to answer");
        all.add(new Exchange(said, message.content(), where));
      }
      said.add(message);
    }
  }
}
