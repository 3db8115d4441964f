package dev.heed.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The rows that a folder holds, one line of JSON each, in the order in which they were measured.
 */
final class Rows {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<LinkedHashMap<String, Object>> MAP = new TypeReference<>() {};

  private final Path file;
  private final Map<String, Row> rows = new LinkedHashMap<>();

  /** Reads what is there; a last line that was cut off while it was written is taken away. */
  Rows(Path file) {
    this.file = file;
    if (!Files.exists(file)) return;
    try {
      String text = Files.readString(file);
      int whole = text.lastIndexOf('\n') + 1;
      if (whole < text.length()) AtomicFile.write(file, text.substring(0, whole));
      for (String line : text.substring(0, whole).lines().toList()) keep(row(line));
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  private static Row row(String line) throws JsonProcessingException {
    JsonNode json = JSON.readTree(line);
    Map<String, Object> figures =
        json.has("figures") ? JSON.convertValue(json.get("figures"), MAP) : Map.of();
    return new Row(
        JSON.convertValue(json.get("key"), MAP),
        figures,
        Optional.ofNullable(json.get("failure")).map(JsonNode::asText));
  }

  private void keep(Row row) {
    rows.put(Configs.toLine(row.key()), row);
  }

  Optional<Row> of(Map<String, Object> key) {
    return Optional.ofNullable(rows.get(Configs.toLine(key)));
  }

  Collection<Row> all() {
    return rows.values();
  }

  /** Adds a row, which is on the disk when this returns. */
  void add(Row row) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("key", row.key());
    row.failure()
        .ifPresentOrElse(why -> json.put("failure", why), () -> json.put("figures", row.figures()));
    ByteBuffer line = UTF_8.encode(Configs.toLine(json) + "\n");
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (line.hasRemaining()) channel.write(line);
      channel.force(true);
    } catch (IOException e) {
      throw FileErrors.unwritable(file, e);
    }
    keep(row);
  }
}
