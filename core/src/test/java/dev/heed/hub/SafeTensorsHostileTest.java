package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.heed.Fixtures;
import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged and hostile files: each is refused in one sentence, before any tensor is made. */
final class SafeTensorsHostileTest {
  private static final String GOOD =
      "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  @TempDir Path dir;

  static Stream<Arguments> headers() {
    String deep = "[".repeat(100_000);
    return Stream.of(
        arguments("", "not a JSON object"),
        arguments("hello", "the header is not what"),
        arguments("[1]", "not a JSON object"),
        arguments("null", "not a JSON object"),
        arguments(deep, "not a JSON object"),
        arguments("{\"a\":" + deep, "tensor \"a\" is not what"),
        arguments("{\"__metadata__\":" + deep, "__metadata__ is not what"),
        arguments("{" + GOOD, "tensor \"a\" is not what"),
        arguments("{\"a\":{\"dtype\":\"F32\"", "tensor \"a\" is not what"),
        arguments("{\"a", "the header is not what"),
        arguments("{" + GOOD + "} x", "the header is not what"),
        arguments("{" + GOOD + "} {}", "something follows"),
        arguments("{" + GOOD + "," + GOOD + "}", "Duplicate field 'a'"),
        arguments(
            "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "Duplicate field 'dtype'"),
        arguments("{\"a\":null}", "tensor \"a\" is null"),
        arguments("{\"a\":7}", "tensor \"a\" is not what"),
        arguments("{\"a\":{}}", "a dtype, a shape and data_offsets"),
        arguments(entry("null", "[2]", "[0,8]"), "a dtype, a shape and data_offsets"),
        arguments(entry("\"F32\"", "null", "[0,8]"), "a dtype, a shape and data_offsets"),
        arguments(entry("\"F32\"", "[2]", "[0,8],\"x\":1"), "a dtype, a shape"),
        arguments(entry("\"F32\"", "2", "[0,8]"), "tensor \"a\" is not what"),
        arguments(entry("\"F32\"", "[2.0]", "[0,8]"), "tensor \"a\" is not what"),
        arguments(entry("\"F32\"", "[\"2\"]", "[0,8]"), "tensor \"a\" is not what"),
        arguments(entry("\"F32\"", "[null]", "[0,8]"), "tensor \"a\" is not what"),
        arguments(entry("\"F32\"", "[1e400]", "[0,8]"), "tensor \"a\" is not what"),
        arguments(entry("\"F32\"", "[9223372036854775808]", "[0,8]"), "tensor \"a\" is not what"),
        arguments(entry("\"F8_E4M3\"", "[8]", "[0,8]"), "element type F8_E4M3; Heed reads I64,"),
        arguments(entry("\"f32\"", "[2]", "[0,8]"), "element type f32"),
        arguments(entry("\"F32\"", "[-2]", "[0,8]"), "negative shape [-2]"),
        arguments(entry("\"F32\"", "[-1,-2]", "[0,8]"), "negative shape [-1, -2]"),
        arguments(entry("\"F32\"", "[4294967296,4294967296]", "[0,0]"), "more than any memory"),
        arguments(entry("\"F32\"", "[4611686018427387904]", "[0,0]"), "more than any memory"),
        arguments(entry("\"F32\"", "[0,9223372036854775807]", "[0,0]"), "more than any memory"),
        arguments(entry("\"F32\"", "[2]", "[0]"), "needs two data_offsets, not 1"),
        arguments(entry("\"F32\"", "[2]", "[0,8,8]"), "needs two data_offsets, not 3"),
        arguments(entry("\"F32\"", "[2]", "[8,0]"), "bytes 8 to 0 of a file with 8 bytes"),
        arguments(entry("\"F32\"", "[2]", "[-8,0]"), "bytes -8 to 0"),
        arguments(entry("\"F32\"", "[3]", "[0,12]"), "bytes 0 to 12 of a file with 8 bytes"),
        arguments(
            entry("\"F32\"", "[2]", "[-9223372036854775808,9223372036854775807]"), "to 922337"),
        arguments(
            entry("\"F32\"", "[1]", "[0,8]"), "needs 4 bytes, but its data_offsets give it 8"),
        arguments(entry("\"F32\"", "[3]", "[0,8]"), "type F32 and shape [3] needs 12 bytes"),
        arguments(entry("\"U8\"", "[4]", "[0,4]"), "end at byte 4, but 8 bytes follow"),
        arguments(entry("\"U8\"", "[4]", "[4,8]"), "\"a\" begins at byte 4, after a hole"),
        arguments(
            "{" + GOOD + ",\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
            "\"b\" begins at byte 4, inside another, which ends at 8"),
        arguments(
            "{" + GOOD + ",\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
            "inside another"),
        arguments(
            "{\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[6,8]},"
                + "\"c\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
            "\"b\" begins at byte 6, after a hole, which begins at 2"),
        arguments("{\"__metadata__\":{}}", "end at byte 0, but 8 bytes follow"),
        arguments("{\"__metadata__\":null," + GOOD + "}", "__metadata__ has a null"),
        arguments("{\"__metadata__\":{\"x\":null}," + GOOD + "}", "__metadata__ has a null"),
        arguments("{\"__metadata__\":{\"x\":{}}," + GOOD + "}", "__metadata__ is not what"),
        arguments("{\"__metadata__\":[]," + GOOD + "}", "__metadata__ is not what"),
        arguments("{\"" + "n".repeat(1 << 20) + "\":1}", "the header is not what"),
        arguments("{\"\uD800\":1}", "not what"));
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{\"a\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  @ParameterizedTest
  @MethodSource("headers")
  void headersThatLie(String json, String part) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    assertRefused(file(bytes.length, bytes, 8), part);
  }

  @Test
  void theHeaderTheyAreMadeFromIsGood() throws IOException {
    byte[] json = ("{" + GOOD + "}   ").getBytes(StandardCharsets.UTF_8);
    assertEquals(2, SafeTensors.open(file(json.length, json, 8)).tensor("a").count());
  }

  @Test
  void bytesThatAreNotUtf8() throws IOException {
    byte[] json = "{\"\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1);
    assertRefused(file(json.length, json, 0), "it is not UTF-8");
    byte[] wide = ("{" + GOOD + "}").getBytes(StandardCharsets.UTF_16LE);
    assertRefused(file(wide.length, wide, 8), "the header is not what");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void tooShortForALength(int size) throws IOException {
    Path file = Files.write(dir.resolve("hostile"), new byte[size]);
    assertRefused(file, size + " bytes are too few");
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, Long.MAX_VALUE, 100_000_001, 1L << 32})
  void lengthsBeyondReason(long length) throws IOException {
    Path file = file(length, new byte[16], 0);
    assertRefused(file, "said to take " + Long.toUnsignedString(length) + " bytes, and at most");
  }

  @ParameterizedTest
  @ValueSource(longs = {17, 100_000_000})
  void lengthsBeyondTheFile(long length) throws IOException {
    assertRefused(
        file(length, new byte[16], 0),
        "said to take %d bytes, but the file has 24".formatted(length));
  }

  @Test
  void cutShortAnywhere() throws IOException {
    Path fixture = Fixtures.folder("oracle/attention_worked_example").resolve("io.safetensors");
    byte[] whole = Files.readAllBytes(fixture);
    for (int size = 0; size < whole.length; size += 1 + whole.length / 97)
      assertRefused(Files.write(dir.resolve("hostile"), Arrays.copyOf(whole, size)), "");
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertRefused(Files.write(dir.resolve("hostile"), longer), "bytes follow the header");
  }

  @Property(tries = 300)
  void randomHeaders(@ForAll @Size(max = 200) byte[] json) throws IOException {
    opensOrSaysWhy(json);
  }

  @Property(tries = 500)
  void damagedHeaders(
      @ForAll @IntRange(max = 200) int at, @ForAll byte value, @ForAll @IntRange(max = 3) int cut)
      throws IOException {
    String two = GOOD + ",\"b\":{\"dtype\":\"BOOL\",\"shape\":[2,4],\"data_offsets\":[8,16]}";
    byte[] json =
        ("{\"__metadata__\":{\"format\":\"pt\"}," + two + "}").getBytes(StandardCharsets.UTF_8);
    json[at % json.length] = value;
    opensOrSaysWhy(Arrays.copyOf(json, json.length - cut));
  }

  private static void opensOrSaysWhy(byte[] json) throws IOException {
    Path file = Files.createTempFile("hostile", ".safetensors");
    try {
      write(file, json.length, json, 16);
      for (Tensor tensor : SafeTensors.open(file).all().values()) assertTrue(tensor.count() <= 16);
    } catch (UserError e) {
      assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    } finally {
      Files.delete(file);
    }
  }

  private Path file(long length, byte[] json, int data) throws IOException {
    Path file = dir.resolve("hostile");
    write(file, length, json, data);
    return file;
  }

  private static void write(Path file, long length, byte[] json, int data) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(length).put(json).array());
  }

  private static void assertRefused(Path file, String part) {
    String message = assertThrows(UserError.class, () -> SafeTensors.open(file)).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains(file.toString()), message);
    assertEquals(1, message.lines().count(), message);
  }
}
