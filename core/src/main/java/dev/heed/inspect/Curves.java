package dev.heed.inspect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A run's numbers by step, drawn as a page of panels: loss, scores, quality, routers, accuracy,
 * learning rate, speed, as far as they were recorded.
 *
 * @param series step → value, under each record's key
 */
public record Curves(Map<String, NavigableMap<Long, Double>> series) {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /**
   * Takes every finite number of records (maps, or Java records) that have a {@code step}; where a
   * resumed run wrote a step again, the last value counts.
   */
  public static Curves of(List<?> records) {
    return ofObjects(records.stream().<JsonNode>map(JSON::valueToTree).toList());
  }

  /**
   * Reads one JSON object a line, such as {@code {"step": 100, "loss": 5.2, "lr": 1e-4}}; lines
   * that are none, such as a last one half written, are passed over.
   *
   * @throws UserError if the file can't be read
   */
  public static Curves read(Path metrics) {
    try {
      return ofObjects(
          Files.readAllLines(metrics).stream()
              .map(Curves::parsed)
              .flatMap(Optional::stream)
              .toList());
    } catch (IOException e) {
      throw FileErrors.unreadable(metrics, e);
    }
  }

  private static Optional<JsonNode> parsed(String line) {
    try {
      return Optional.of(JSON.readTree(line));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static Curves ofObjects(List<JsonNode> objects) {
    Map<String, NavigableMap<Long, Double>> series = new TreeMap<>();
    for (JsonNode object : objects) {
      JsonNode step = object.path("step");
      if (!step.isNumber()) continue;
      object
          .properties()
          .forEach(
              field -> {
                double value = field.getValue().asDouble(Double.NaN);
                if (field.getValue().isNumber() && Double.isFinite(value))
                  series
                      .computeIfAbsent(field.getKey(), key -> new TreeMap<>())
                      .put(step.asLong(), value);
              });
    }
    return new Curves(series);
  }

  /**
   * Draws what there is as PNG, replacing the file.
   *
   * @throws UserError if there is no series that a panel shows, or the file can't be written
   */
  public void png(Path file) {
    List<CurvePanel> panels = CurvePanel.of(series);
    if (panels.isEmpty())
      throw new UserError(
          "could not draw %s: no record holds a step and a loss, score, accuracy, lr or tokensPerSecond"
              .formatted(file));
    Picture.write(file, () -> CurvePanel.page(panels));
  }
}
