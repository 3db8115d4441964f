package dev.heed.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A tokenizer.bin of few pieces, as llama2.c's export writes it. */
final class LlamaTokensTest {
  private static final int FIRST = 259; // after the specials and the bytes

  /** Pieces with the scores that SentencePiece gives: the number of their merge, negative. */
  private static final List<String> PIECES =
      List.of(" a", " ab", "bc", " ", "a", "b", "c", "abc", "ab");

  @TempDir private Path folder;

  private static void piece(ByteArrayOutputStream out, float score, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    out.writeBytes(
        ByteBuffer.allocate(8)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putFloat(score)
            .putInt(bytes.length)
            .array());
    out.writeBytes(bytes);
  }

  private byte[] file() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(6).array());
    for (String special : List.of("<unk>", "\n<s>\n", "\n</s>\n")) piece(out, 0, special);
    for (int i = 0; i < 256; i++) piece(out, 0, "<0x%02X>".formatted(i));
    for (int i = 0; i < PIECES.size(); i++) piece(out, -i, PIECES.get(i));
    return out.toByteArray();
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("tokenizer.bin"), bytes);
  }

  private static int[] ids(String... pieces) {
    return Arrays.stream(pieces).mapToInt(piece -> FIRST + PIECES.indexOf(piece)).toArray();
  }

  @Test
  void neighboursWithTheHighestScoreAreJoinedFirst() throws IOException {
    Tokenizer tokenizer = LlamaTokens.load(write(file()));
    assertEquals(FIRST + PIECES.size(), tokenizer.size());
    Tokenizer bare = tokenizer.withoutSpecials();
    assertArrayEquals(ids(" ab"), bare.encode("ab"));
    // " a" comes before "bc", which comes before "ab": c finds its b taken.
    assertArrayEquals(ids(" ab", "c"), bare.encode("abc"));
    assertArrayEquals(ids(" a", "abc", " a"), bare.encode("aabc a"));
    assertArrayEquals(ids(" ", "bc"), bare.encode("bc"));
  }

  @Test
  void textsBeginWithTheStart() throws IOException {
    Tokenizer tokenizer = LlamaTokens.load(write(file()));
    assertEquals(1, tokenizer.bos());
    assertEquals(2, tokenizer.eos());
    assertEquals(1, tokenizer.encode("a")[0]);
    assertEquals("ab bc a", tokenizer.decode(tokenizer.encode("ab bc a")));
  }

  @Test
  void whatNoPieceHasIsSpelledInBytes() throws IOException {
    Tokenizer tokenizer = LlamaTokens.load(write(file()));
    int[] ids = tokenizer.withoutSpecials().encode("aé");
    int[] bytes = {3 + 0xC3, 3 + 0xA9};
    assertArrayEquals(new int[] {ids(" a")[0], bytes[0], bytes[1]}, ids);
    assertEquals("aé", tokenizer.decode(ids));
  }

  @Test
  void aBrokenFileIsNamed() throws IOException {
    byte[] whole = file();
    assertRefused("ends amid a token", write(Arrays.copyOf(whole, whole.length - 12)));
    assertRefused("is no tokenizer.bin", write(new byte[4]));
    assertRefused("there is no such file", folder.resolve("none"));
  }

  private static void assertRefused(String why, Path file) {
    String message = assertThrows(UserError.class, () -> LlamaTokens.load(file)).getMessage();
    assertTrue(message.contains(why), message);
  }
}
