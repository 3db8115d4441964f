package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.Fixtures;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private static final Path BPE = Fixtures.folder("oracle/tokenizer_bpe_bytelevel");
  private static final Path WORDPIECE = Fixtures.folder("oracle/tokenizer_wordpiece");
  private static final Path UNIGRAM = Fixtures.folder("oracle/tokenizer_unigram");

  @TempDir Path folder;

  @Test
  void tokensAndIdsAreEachOthersInverse() {
    for (Path path : List.of(BPE, WORDPIECE, UNIGRAM)) {
      Tokenizer tokenizer = Tokenizer.load(path);
      for (int id = 0; id < tokenizer.size(); id++) {
        assertEquals(OptionalInt.of(id), tokenizer.id(tokenizer.token(id)));
      }
      assertEquals(OptionalInt.empty(), tokenizer.id("no such token"));
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.token(tokenizer.size()));
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.token(-1));
    }
  }

  @Test
  void findsTheSpecialTokensByTheirContent() {
    Tokenizer bert = Tokenizer.load(WORDPIECE);
    assertEquals("[PAD]", bert.token(bert.pad()));
    assertEquals("[CLS]", bert.token(bert.bos()));
    assertEquals("[SEP]", bert.token(bert.eos()));
    assertEquals("[UNK]", bert.token(bert.unk()));
    Tokenizer unigram = Tokenizer.load(UNIGRAM);
    assertEquals("<pad>", unigram.token(unigram.pad()));
    assertEquals("<s>", unigram.token(unigram.bos()));
    assertEquals("</s>", unigram.token(unigram.eos()));
    assertEquals("<unk>", unigram.token(unigram.unk()));
  }

  @Test
  void namesTheFileThatLacksASpecialToken() throws IOException {
    Path file = write(wordLevel("<|endoftext|>").toString());
    Tokenizer gpt = Tokenizer.load(file);
    assertEquals(0, gpt.bos());
    assertEquals(0, gpt.eos());
    assertEquals(0, gpt.unk());
    UserError error = assertThrows(UserError.class, gpt::pad);
    assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
  }

  @Test
  void neitherCutsNorPadsThoughTheFileAsksForIt() throws IOException {
    ObjectNode tree = wordLevel("[PAD]", "a");
    tree.set(
        "pre_tokenizer", new ObjectMapper().readTree("{'type':'Whitespace'}".replace('\'', '"')));
    tree.putObject("truncation")
        .put("direction", "Right")
        .put("max_length", 2)
        .put("strategy", "LongestFirst")
        .put("stride", 0);
    tree.putObject("padding")
        .put("direction", "Right")
        .putNull("pad_to_multiple_of")
        .put("pad_id", 0)
        .put("pad_type_id", 0)
        .put("pad_token", "[PAD]")
        .putObject("strategy")
        .put("Fixed", 2);
    Tokenizer tokenizer = Tokenizer.of(tree);
    assertArrayEquals(new int[] {1}, tokenizer.encode("a"));
    assertArrayEquals(new int[] {1, 1, 1}, tokenizer.encode("a a a"));
    List<int[]> batch = tokenizer.encodeAll(List.of("a", "a a a"));
    assertArrayEquals(new int[] {1}, batch.get(0));
    assertArrayEquals(new int[] {1, 1, 1}, batch.get(1));
    assertEquals(List.of(), tokenizer.encodeAll(List.of()));
  }

  @Test
  void spansCountJavaCharsAndPointIntoTheText() {
    Encoding encoding = Tokenizer.load(WORDPIECE).encoding("👍🏽 Jürgen 😀 the train");
    int train = encoding.tokens().indexOf("train");
    Encoding.Span span = encoding.spans().get(train);
    assertEquals("train", "👍🏽 Jürgen 😀 the train".substring(span.start(), span.end()));
    assertEquals(new Encoding.Span(0, 0), encoding.spans().get(0));
  }

  @Test
  void savesTheSameFile() throws IOException {
    Tokenizer tokenizer = Tokenizer.load(UNIGRAM);
    tokenizer.save(folder);
    Path copy = folder.resolve("tokenizer.json");
    assertArrayEquals(
        Files.readAllBytes(UNIGRAM.resolve("tokenizer.json")), Files.readAllBytes(copy));
    tokenizer.save(copy);
    assertEquals(tokenizer.size(), Tokenizer.load(copy).size());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(copy), files.toList());
    }
    Path nowhere = folder.resolve("none").resolve("tokenizer.json");
    assertSentence(assertThrows(UserError.class, () -> tokenizer.save(nowhere)), nowhere);
  }

  @Test
  void explainsWhatIsWrongWithAFile() throws IOException {
    Path missing = folder.resolve("missing.json");
    assertSentence(assertThrows(UserError.class, () -> Tokenizer.load(missing)), missing);
    assertSentence(
        assertThrows(UserError.class, () -> Tokenizer.load(folder)),
        folder.resolve("tokenizer.json"));
    Path latin = folder.resolve("latin1.json");
    Files.write(latin, "{\"ä\":1}".getBytes(StandardCharsets.ISO_8859_1));
    assertSentence(assertThrows(UserError.class, () -> Tokenizer.load(latin)), latin);
    for (String broken : List.of("", "[]", "{}", "{\"model\": {\"type\": \"BPE\"}", "{\n!}")) {
      Path file = write(broken);
      assertSentence(assertThrows(UserError.class, () -> Tokenizer.load(file), broken), file);
    }
    UserError error = assertThrows(UserError.class, () -> Tokenizer.load(write("{\n\n!}")));
    assertTrue(error.getMessage().contains("line 3"), error.getMessage());
  }

  @Test
  void refusesTextThatIsNotUnicode() {
    Tokenizer tokenizer = Tokenizer.load(BPE);
    for (String text : List.of("ab\ud83d", "\ude00", "\ude00\ud83d")) {
      assertThrows(UserError.class, () -> tokenizer.encode(text));
      assertThrows(UserError.class, () -> tokenizer.encoding("a", text));
      assertThrows(UserError.class, () -> tokenizer.encodeAll(List.of(text)));
    }
  }

  @Test
  void encodesInManyThreadsAsInOne() throws IOException {
    Tokenizer tokenizer = Tokenizer.load(BPE);
    List<String> texts = Files.readAllLines(BPE.resolve("corpus.txt"));
    List<int[]> expected = texts.stream().map(tokenizer::encode).toList();
    IntStream.range(0, 20 * texts.size())
        .parallel()
        .map(i -> i % texts.size())
        .forEach(
            i -> {
              assertArrayEquals(expected.get(i), tokenizer.encode(texts.get(i)));
              assertEquals(texts.get(i), tokenizer.decode(expected.get(i)));
            });
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("written.json"), json);
  }

  private static ObjectNode wordLevel(String... tokens) {
    ObjectNode tree = new ObjectMapper().createObjectNode().put("version", "1.0");
    tree.putArray("added_tokens");
    ObjectNode model = tree.putObject("model").put("type", "WordLevel").put("unk_token", tokens[0]);
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < tokens.length; id++) vocabulary.put(tokens[id], id);
    return tree;
  }

  private static void assertSentence(UserError error, Path file) {
    String message = error.getMessage();
    assertTrue(message.contains(file.toString()), message);
    assertTrue(message.endsWith("."), message);
    assertFalse(message.contains("\n"), message);
    assertEquals(0, Collections.frequency(List.of(message.split(" ")), "null"), message);
  }
}
