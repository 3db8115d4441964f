package dev.heed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.FileErrors;
import dev.heed.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What loading a model's folder takes of memory and time: each round a new process.
 *
 * @param model the folder
 * @param folder for logs
 */
public record LoadBench(Path model, int rounds, Path folder) {
  private static final double MIB = 1 << 20;

  /**
   * What a round took, in MiB and seconds.
   *
   * @param peak the greatest resident set over that before loading
   * @param anonymous memory that no file backs, afterwards over before
   */
  private record Round(double peak, double anonymous, double seconds, JsonNode all) {}

  /**
   * Loads, and tells of it.
   *
   * @param json filled with every figure
   * @return a table for a terminal
   */
  public String run(ObjectNode json) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileErrors.unwritable(folder, e);
    }
    double file = Decoder.bytes(model) / MIB;
    List<Round> taken = new ArrayList<>();
    for (int round = 0; round < rounds; round++) taken.add(round());
    json.put("model", model.toString()).put("file_mib", file);
    taken.forEach(round -> json.withArray("rounds").add(round.all));
    StringBuilder text = new StringBuilder();
    text.append(line("%-20s%s, %,.0f MiB%n", "model", model, file));
    text.append(line("%-20s%10s%10s%12s%10s%n", "MiB", "peak", "÷ file", "anonymous", "seconds"));
    for (int i = 0; i < rounds; i++) {
      Round one = taken.get(i);
      text.append(
          line(
              "%-20s%,10.0f%10.3f%,12.0f%10.2f%n",
              "round " + (i + 1), one.peak, one.peak / file, one.anonymous, one.seconds));
    }
    double worst = taken.stream().mapToDouble(Round::peak).max().orElseThrow() / file;
    json.put("peak_over_file", worst);
    text.append(line("greatest peak ÷ file: %.3f%n", worst));
    return text.toString();
  }

  private Round round() {
    List<String> words = List.of("load", model.toString(), Integer.toString(Engine.threads()));
    try (Peer heed = Serve.start(folder.resolve("load.log"), words)) {
      JsonNode all = heed.ask("load");
      return new Round(
          all.path("peak").asDouble() - all.path("resident_before").asDouble(),
          all.path("anonymous_after").asDouble() - all.path("anonymous_before").asDouble(),
          all.path("seconds").asDouble(),
          all);
    }
  }

  private static String line(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
