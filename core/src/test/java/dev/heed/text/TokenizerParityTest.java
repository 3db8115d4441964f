package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encodings by Hugging Face's Python package, of texts in many scripts. */
class TokenizerParityTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer_bpe_bytelevel", "tokenizer_unigram", "tokenizer_wordpiece"})
  void encodesAndDecodesAsTheReference(String subject) throws IOException {
    Path folder = Fixtures.folder("oracle/" + subject);
    Tokenizer tokenizer = Tokenizer.load(folder);
    Tokenizer plain = tokenizer.withoutSpecials();
    JsonNode cases = JSON.readTree(folder.resolve("encodings.json").toFile());
    assertFalse(cases.isEmpty());
    var texts = new ArrayList<String>();
    for (JsonNode each : cases) {
      texts.add(each.get("text").asText());
      check(plain, each.get("plain"), texts.get(texts.size() - 1));
      check(tokenizer, each.get("special"), texts.get(texts.size() - 1));
    }
    List<int[]> batch = tokenizer.encodeAll(texts);
    List<String> decoded = tokenizer.decodeAll(batch);
    for (int i = 0; i < texts.size(); i++) {
      JsonNode special = cases.get(i).get("special");
      assertArrayEquals(ints(special.get("ids")), batch.get(i), texts.get(i));
      assertEquals(special.get("decoded_skip_special").asText(), decoded.get(i));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = "tokenizer_wordpiece")
  void encodesPairsAsTheReference(String subject) throws IOException {
    Path folder = Fixtures.folder("oracle/" + subject);
    Tokenizer tokenizer = Tokenizer.load(folder);
    JsonNode cases = JSON.readTree(folder.resolve("pairs.json").toFile());
    assertFalse(cases.isEmpty());
    for (JsonNode each : cases) {
      String first = each.get("text").asText();
      String second = each.get("pair").asText();
      Encoding encoding = tokenizer.encoding(first, second);
      assertArrayEquals(ints(each.get("ids")), encoding.ids(), first);
      assertArrayEquals(ints(each.get("type_ids")), encoding.typeIds(), first);
      for (int i = 0; i < encoding.size(); i++) {
        String text = encoding.typeIds()[i] == 0 ? first : second;
        assertEquals(span(each.get("offsets").get(i), text), encoding.spans().get(i), first);
      }
    }
  }

  private static void check(Tokenizer tokenizer, JsonNode expected, String text) {
    Encoding encoding = tokenizer.encoding(text);
    assertArrayEquals(ints(expected.get("ids")), encoding.ids(), text);
    assertArrayEquals(encoding.ids(), tokenizer.encode(text));
    assertEquals(
        StreamSupport.stream(expected.get("tokens").spliterator(), false)
            .map(JsonNode::asText)
            .toList(),
        encoding.tokens());
    for (int i = 0; i < encoding.size(); i++) {
      // A Unigram encoding gives what is unknown in the text's own characters.
      String token = tokenizer.token(encoding.ids()[i]);
      if (!token.equals("<unk>")) assertEquals(encoding.tokens().get(i), token);
    }
    assertEquals(
        StreamSupport.stream(expected.get("offsets").spliterator(), false)
            .map(offsets -> span(offsets, text))
            .toList(),
        encoding.spans(),
        text);
    assertEquals(
        expected.get("decoded").asText(), tokenizer.decodeWithSpecials(encoding.ids()), text);
    assertEquals(
        expected.get("decoded_skip_special").asText(), tokenizer.decode(encoding.ids()), text);
  }

  /** The reference counts code points, a span Java's chars. */
  private static Encoding.Span span(JsonNode offsets, String text) {
    return new Encoding.Span(
        text.offsetByCodePoints(0, offsets.get(0).asInt()),
        text.offsetByCodePoints(0, offsets.get(1).asInt()));
  }

  private static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }
}
