package dev.heed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The arrays of a fixture's {@code io.safetensors}, whose names are {@code <case>/in.<name>}. */
public final class OracleFile {
  private final JsonNode header;
  private final ByteBuffer bytes;

  private OracleFile(JsonNode header, ByteBuffer bytes) {
    this.header = header;
    this.bytes = bytes;
  }

  /**
   * Reads the arrays of one subject.
   *
   * @param subject such as {@code "oracle/metrics_perplexity"}
   */
  public static OracleFile read(String subject) {
    try {
      var file =
          ByteBuffer.wrap(Files.readAllBytes(Fixtures.folder(subject).resolve("io.safetensors")))
              .order(ByteOrder.LITTLE_ENDIAN);
      int headerLength = Math.toIntExact(file.getLong());
      var json = new String(file.array(), Long.BYTES, headerLength, StandardCharsets.UTF_8);
      var data = file.position(Long.BYTES + headerLength).slice().order(ByteOrder.LITTLE_ENDIAN);
      return new OracleFile(new ObjectMapper().readTree(json), data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of the cases that have an array of this name, such as {@code "out.windows"}. */
  public List<String> casesWith(String name) {
    var cases = new ArrayList<String>();
    header
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (key.endsWith("/" + name)) cases.add(key.substring(0, key.lastIndexOf('/')));
            });
    assertTrue(!cases.isEmpty(), "no case has " + name);
    return cases;
  }

  public int[] shape(String key) {
    return IntStream.range(0, entry(key).path("shape").size())
        .map(i -> entry(key).path("shape").get(i).asInt())
        .toArray();
  }

  /** The float64 array of this name, row by row. */
  public double[] doubles(String key) {
    int at = start(key, "F64");
    return IntStream.range(0, size(key)).mapToDouble(i -> bytes.getDouble(at + 8 * i)).toArray();
  }

  /** The int64 array of this name, row by row. */
  public long[] longs(String key) {
    int at = start(key, "I64");
    return IntStream.range(0, size(key)).mapToLong(i -> bytes.getLong(at + 8 * i)).toArray();
  }

  /** The Boolean array of this name, row by row. */
  public boolean[] booleans(String key) {
    int at = start(key, "BOOL");
    var values = new boolean[size(key)];
    for (int i = 0; i < values.length; i++) values[i] = bytes.get(at + i) != 0;
    return values;
  }

  private int size(String key) {
    return IntStream.of(shape(key)).reduce(1, Math::multiplyExact);
  }

  private int start(String key, String dtype) {
    assertEquals(dtype, entry(key).path("dtype").asText(), key);
    return entry(key).path("data_offsets").get(0).asInt();
  }

  private JsonNode entry(String key) {
    assertTrue(header.has(key), "no array " + key);
    return header.get(key);
  }
}
