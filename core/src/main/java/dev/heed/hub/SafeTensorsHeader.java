package dev.heed.hub;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.heed.config.UserError;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The header of a safetensors file: which tensor lies where. {@code tensors} is in byte order. */
@SuppressWarnings("ArrayRecordComponent") // shapes are arrays all through
record SafeTensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
  /** Hugging Face's own bound, so that a damaged length doesn't ask for all memory. */
  private static final long LONGEST = 100_000_000;

  private static final String METADATA = "__metadata__";

  /** The format's names, from the type that is laid down first to the last. */
  private static final Map<String, Dtype> DTYPES = new LinkedHashMap<>();

  static {
    DTYPES.put("I64", Dtype.INT64);
    DTYPES.put("F64", Dtype.FLOAT64);
    DTYPES.put("F32", Dtype.FLOAT32);
    DTYPES.put("I32", Dtype.INT32);
    DTYPES.put("BF16", Dtype.BFLOAT16);
    DTYPES.put("F16", Dtype.FLOAT16);
    DTYPES.put("I16", Dtype.INT16);
    DTYPES.put("I8", Dtype.INT8);
    DTYPES.put("U8", Dtype.UINT8);
    DTYPES.put("BOOL", Dtype.BOOL);
  }

  private static final List<Dtype> LAID_DOWN = List.copyOf(DTYPES.values());

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(DeserializationFeature.WRAP_EXCEPTIONS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  /** A tensor of the file; its bytes are [begin, end) after the header. */
  record Entry(Dtype dtype, long[] shape, long begin, long end) {
    @Override
    public long[] shape() {
      return shape.clone();
    }
  }

  /** An entry as the JSON has it. */
  private record Raw(String dtype, long[] shape, long[] data_offsets) {}

  /** The header's length from the file's first 8 bytes. */
  static long length(ByteBuffer prefix, Path file) {
    long length = prefix.order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > LONGEST)
      throw new UserError(
          "%s: its header is said to take %s bytes, and at most %d are allowed; it is damaged, or not a safetensors file"
              .formatted(file, Long.toUnsignedString(length), LONGEST));
    return length;
  }

  /**
   * @param json the header
   * @param size bytes after the header
   */
  static SafeTensorsHeader parse(byte[] json, long size, Path file) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = Map.of();
    String at = "the header";
    // The decoder refuses what is not UTF-8, where `new String` would put a question mark.
    var text =
        new InputStreamReader(new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder());
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT)
        throw new UserError(file + ": the header is not a JSON object; is it a safetensors file?");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        at = name.equals(METADATA) ? METADATA : "tensor \"" + name + "\"";
        parser.nextToken();
        if (name.equals(METADATA)) metadata = metadata(parser, file + ": " + at);
        else entries.put(name, entry(parser.readValueAs(Raw.class), size, file + ": " + at));
      }
      at = "the header";
      if (parser.nextToken() != null)
        throw new UserError(file + ": something follows the JSON object in the header");
    } catch (IOException e) {
      throw new UserError(
          "%s: %s is not what the safetensors format asks for: %s".formatted(file, at, reason(e)),
          e);
    }
    return new SafeTensorsHeader(
        Collections.unmodifiableMap(contiguous(entries, size, file)), metadata);
  }

  private static String reason(IOException e) {
    if (e instanceof JsonMappingException)
      return "a tensor has a dtype, a shape and data_offsets, __metadata__ has strings";
    if (!(e instanceof JsonProcessingException json)) return "it is not UTF-8";
    return json.getOriginalMessage().lines().findFirst().orElse("");
  }

  private static Map<String, String> metadata(JsonParser parser, String at) throws IOException {
    Map<String, String> metadata =
        parser.readValueAs(new TypeReference<LinkedHashMap<String, String>>() {});
    if (metadata == null || metadata.containsValue(null))
      throw new UserError(at + " has a null where a string belongs");
    return Collections.unmodifiableMap(metadata);
  }

  private static Entry entry(Raw raw, long size, String at) {
    if (raw == null) throw new UserError(at + " is null");
    Dtype dtype = DTYPES.get(raw.dtype);
    if (dtype == null)
      throw new UserError(
          "%s has the element type %s; Heed reads %s"
              .formatted(at, raw.dtype, String.join(", ", DTYPES.keySet())));
    long bytes = bytes(dtype, raw.shape, at);
    if (raw.data_offsets.length != 2)
      throw new UserError(at + " needs two data_offsets, not " + raw.data_offsets.length);
    long begin = raw.data_offsets[0];
    long end = raw.data_offsets[1];
    if (begin < 0 || begin > end || end > size)
      throw new UserError(
          "%s lies at bytes %d to %d of a file with %d bytes of tensors; it is cut short or damaged"
              .formatted(at, begin, end, size));
    if (end - begin != bytes)
      throw new UserError(
          "%s of type %s and shape %s needs %d bytes, but its data_offsets give it %d"
              .formatted(at, raw.dtype, Arrays.toString(raw.shape), bytes, end - begin));
    return new Entry(dtype, raw.shape, begin, end);
  }

  private static long bytes(Dtype dtype, long[] shape, String at) {
    long bytes = dtype.bytes();
    boolean empty = false;
    try {
      for (long size : shape) {
        if (size < 0)
          throw new UserError("%s has a negative shape %s".formatted(at, Arrays.toString(shape)));
        empty |= size == 0;
        bytes = Math.multiplyExact(bytes, Math.max(1, size)); // strides must not overflow either
      }
    } catch (ArithmeticException e) {
      throw new UserError(
          "%s has the shape %s, more than any memory holds".formatted(at, Arrays.toString(shape)),
          e);
    }
    return empty ? 0 : bytes;
  }

  /** The entries in byte order, if each begins where the one before it ends. */
  private static Map<String, Entry> contiguous(Map<String, Entry> entries, long size, Path file) {
    List<Map.Entry<String, Entry>> sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(
        Comparator.<Map.Entry<String, Entry>>comparingLong(e -> e.getValue().begin)
            .thenComparing(e -> e.getValue().end));
    Map<String, Entry> ordered = new LinkedHashMap<>();
    long reached = 0;
    for (var entry : sorted) {
      Entry tensor = entry.getValue();
      if (tensor.begin != reached)
        throw new UserError(
            "%s: tensor \"%s\" begins at byte %d, %s at %d; the file is damaged"
                .formatted(
                    file,
                    entry.getKey(),
                    tensor.begin,
                    tensor.begin < reached
                        ? "inside another, which ends"
                        : "after a hole, which begins",
                    reached));
      reached = tensor.end;
      ordered.put(entry.getKey(), tensor);
    }
    if (reached != size)
      throw new UserError(
          "%s: its tensors end at byte %d, but %d bytes follow the header; the file is damaged"
              .formatted(file, reached, size));
    return ordered;
  }

  Entry tensor(String name, Path file) {
    Entry entry = tensors.get(name);
    if (entry == null)
      throw new UserError(
          "%s has no tensor \"%s\" among its %d".formatted(file, name, tensors.size()));
    return entry;
  }

  /** Lays tensors out as safetensors' Rust serializer does: by type, then by the name's bytes. */
  static SafeTensorsHeader of(Map<String, Tensor> tensors, Map<String, String> metadata) {
    if (tensors.containsKey(METADATA))
      throw new UserError("no tensor can be called " + METADATA + " in a safetensors file");
    List<Map.Entry<String, Tensor>> sorted = new ArrayList<>(tensors.entrySet());
    sorted.sort(
        Comparator.<Map.Entry<String, Tensor>>comparingInt(
                e -> LAID_DOWN.indexOf(e.getValue().dtype()))
            .thenComparing(
                e -> e.getKey().getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    Map<String, Entry> entries = new LinkedHashMap<>();
    long begin = 0;
    for (var entry : sorted) {
      Tensor tensor = entry.getValue();
      long end = begin + tensor.count() * tensor.dtype().bytes();
      entries.put(entry.getKey(), new Entry(tensor.dtype(), tensor.shape(), begin, end));
      begin = end;
    }
    return new SafeTensorsHeader(entries, new TreeMap<>(metadata));
  }

  /** The length and the JSON, filled up with spaces to a multiple of 8 bytes. */
  ByteBuffer encode() throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    if (!metadata.isEmpty()) all.put(METADATA, metadata);
    List<String> names = List.copyOf(DTYPES.keySet());
    tensors.forEach(
        (name, tensor) -> {
          Map<String, Object> entry = new LinkedHashMap<>();
          entry.put("dtype", names.get(LAID_DOWN.indexOf(tensor.dtype)));
          entry.put("shape", tensor.shape);
          entry.put("data_offsets", new long[] {tensor.begin, tensor.end});
          all.put(name, entry);
        });
    byte[] json = JSON.writeValueAsString(all).getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer bytes = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded).put(json);
    while (bytes.hasRemaining()) bytes.put((byte) ' ');
    return bytes.flip();
  }
}
