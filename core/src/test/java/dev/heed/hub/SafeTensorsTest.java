package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.EngineException;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SafeTensorsTest {
  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource(Dtype.class)
  void whatIsWrittenIsRead(Dtype dtype) {
    Path file = dir.resolve("a.safetensors");
    Tensor matrix = Tensor.of(new double[] {0, 1, 2, 3, 4, 5}, 2, 3).to(dtype);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("matrix", matrix);
    tensors.put("transposed", matrix.transpose(0, 1));
    tensors.put("row", matrix.select(0, 1));
    tensors.put("scalar", Tensor.full(1, dtype, Device.CPU));
    tensors.put("empty", Tensor.zeros(dtype, Device.CPU, 0, 3));
    SafeTensors.write(file, tensors, Map.of("step", "7", "ä\"\n", "→𝔘"));

    SafeTensors read = SafeTensors.open(file);
    assertEquals(tensors.keySet(), read.names());
    assertEquals(Map.of("step", "7", "ä\"\n", "→𝔘"), read.metadata());
    Map<String, Tensor> all = read.all();
    tensors.forEach(
        (name, tensor) -> {
          assertEquals(dtype, read.dtype(name));
          assertArrayEquals(tensor.shape(), read.shape(name));
          for (Tensor back : List.of(read.tensor(name), all.get(name))) {
            assertEquals(dtype, back.dtype());
            assertArrayEquals(tensor.shape(), back.shape());
            assertArrayEquals(tensor.toDoubles(), back.toDoubles());
          }
        });
  }

  @Test
  void extremeNumbersKeepTheirBits() {
    Path file = dir.resolve("a.safetensors");
    double[] doubles = {Double.NaN, -0.0, Double.MIN_VALUE, Double.NEGATIVE_INFINITY, Math.PI};
    long[] longs = {Long.MIN_VALUE, Long.MAX_VALUE, -1};
    SafeTensors.write(file, Map.of("d", Tensor.of(doubles, 5), "l", Tensor.of(longs, 3)));
    SafeTensors read = SafeTensors.open(file);
    assertArrayEquals(doubles, read.tensor("d").toDoubles());
    assertArrayEquals(longs, read.tensor("l").toLongs());
  }

  /** The bytes that Hugging Face's writer gives for the same tensors. */
  @Test
  void layoutIsHuggingFaces() throws IOException {
    Path file = dir.resolve("a.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", Tensor.of(new boolean[] {true, false}, 2));
    tensors.put("z", Tensor.of(new float[] {1}, 1));
    tensors.put("a", Tensor.of(new float[] {2}, 1, 1));
    tensors.put("l", Tensor.of(new long[] {-1}));
    SafeTensors.write(file, tensors);
    String json =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"l\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]},"
            + "\"z\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]},"
            + "\"b\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[16,18]}}";
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong();
    byte[] header = new byte[length];
    bytes.get(header);
    assertEquals(json, new String(header, StandardCharsets.UTF_8).stripTrailing());
    assertEquals((json.length() + 7) / 8 * 8, length);
    assertEquals(-1, bytes.getLong());
    assertEquals(2, bytes.getFloat());
    assertEquals(1, bytes.getFloat());
    assertEquals(1, bytes.get());
    assertEquals(0, bytes.get());
    assertEquals(0, bytes.remaining());
    assertEquals(List.of("l", "a", "z", "b"), List.copyOf(SafeTensors.open(file).names()));
  }

  @Test
  void noTensorsAtAll() {
    Path file = dir.resolve("a.safetensors");
    SafeTensors.write(file, Map.of(), Map.of());
    assertEquals(Map.of(), SafeTensors.open(file).all());
    assertEquals(Map.of(), SafeTensors.open(file).metadata());
  }

  @Test
  void everyFixtureIsRead() throws IOException {
    int files = 0;
    Path oracle = Fixtures.folder("oracle/attention_sdpa").getParent();
    try (var subjects = Files.newDirectoryStream(oracle)) {
      for (Path subject : subjects) {
        Path file = subject.resolve("io.safetensors");
        if (!Files.exists(file)) continue;
        files++;
        SafeTensors read = SafeTensors.open(file);
        Map<String, Tensor> all = read.all();
        assertEquals(read.names(), all.keySet());
        for (var entry : all.entrySet()) {
          assertArrayEquals(read.shape(entry.getKey()), entry.getValue().shape());
          for (double value : entry.getValue().toDoubles())
            assertTrue(Double.isFinite(value), file + " " + entry.getKey());
        }
      }
    }
    assertTrue(files > 0);
  }

  @Test
  void tensorsBeyondTwoGibibytes() throws IOException {
    Path file = dir.resolve("sparse.safetensors");
    long big = 5L << 30;
    byte[] json =
        ("{\"big\":{\"dtype\":\"U8\",\"shape\":[5,1073741824],\"data_offsets\":[0,%d]},"
                + "\"small\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}}")
            .formatted(big, big, big + 8)
            .getBytes(StandardCharsets.UTF_8);
    try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(8 + json.length + big + 8);
      sparse.writeLong(Long.reverseBytes(json.length));
      sparse.write(json);
      sparse.seek(8 + json.length + big);
      sparse.writeInt(Integer.reverseBytes(Float.floatToIntBits(1.5f)));
      sparse.writeInt(Integer.reverseBytes(Float.floatToIntBits(-2)));
    }
    SafeTensors read = SafeTensors.open(file);
    assertArrayEquals(new long[] {5, 1 << 30}, read.shape("big"));
    assertArrayEquals(new float[] {1.5f, -2}, read.tensor("small").toFloats());
  }

  @Test
  void trueIsAnyByteButZero() throws IOException {
    Path file = dir.resolve("a.safetensors");
    SafeTensors.write(file, Map.of("b", Tensor.of(new boolean[] {false, false}, 2)));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] = 77;
    Files.write(file, bytes);
    assertArrayEquals(new long[] {0, 1}, SafeTensors.open(file).tensor("b").toLongs());
  }

  @Test
  void aWriteThatFailsMidwayKeepsTheOldFile() throws IOException {
    Path file = dir.resolve("a.safetensors");
    SafeTensors.write(file, Map.of("a", Tensor.of(new float[] {1}, 1)));
    byte[] before = Files.readAllBytes(file);
    // The second tensor fails once the header and the first are out: no memory holds it.
    Tensor endless = Tensor.of(new float[] {1}, 1).expand(1L << 50);
    Map<String, Tensor> tensors = Map.of("a", Tensor.of(new float[] {2}, 1), "b", endless);
    assertThrows(EngineException.class, () -> SafeTensors.write(file, tensors));
    assertArrayEquals(before, Files.readAllBytes(file));
    try (var left = Files.list(dir)) {
      assertEquals(List.of(file), left.toList());
    }
  }

  @Test
  void whatCannotBeWrittenOrRead() throws IOException {
    Path inTheWay = Files.writeString(dir.resolve("file"), "");
    Path file = inTheWay.resolve("a.safetensors");
    assertSays("could not write " + file, () -> SafeTensors.write(file, Map.of()));
    assertSays("could not read " + file, () -> SafeTensors.open(file));
    Path absent = dir.resolve("absent");
    assertSays(absent + ": there is no such file", () -> SafeTensors.open(absent));
    assertSays("could not read " + dir, () -> SafeTensors.open(dir));
    Tensor one = Tensor.of(new float[] {1}, 1);
    assertSays(
        "__metadata__", () -> SafeTensors.write(dir.resolve("b"), Map.of("__metadata__", one)));
  }

  @Test
  void namesThatAreNotThereAndFilesThatChange() throws IOException {
    Path file = dir.resolve("a.safetensors");
    SafeTensors.write(file, Map.of("a", Tensor.of(new float[] {1}, 1)));
    SafeTensors read = SafeTensors.open(file);
    assertSays(file + " has no tensor \"b\" among its 1", () -> read.tensor("b"));
    assertSays("no tensor \"b\"", () -> read.shape("b"));
    FileTime opened = Files.getLastModifiedTime(file);
    try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
      cut.setLength(cut.length() - 1);
    }
    Files.setLastModifiedTime(file, opened);
    assertSays("ends before its tensors do", () -> read.tensor("a"));
    Files.setLastModifiedTime(file, FileTime.fromMillis(opened.toMillis() + 10_000));
    assertSays("written anew", () -> read.tensor("a"));
    assertSays("written anew", read::all);
  }

  private static void assertSays(String part, org.junit.jupiter.api.function.Executable call) {
    String message = assertThrows(UserError.class, call).getMessage();
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }
}
