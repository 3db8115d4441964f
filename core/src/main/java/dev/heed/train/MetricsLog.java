package dev.heed.train;

import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code metrics.jsonl}: a line every few updates (means since the line before) and one a
 * validation. A resumed run first drops what was logged after its checkpoint.
 */
public final class MetricsLog implements Journal {
  private static final Pattern STEP = Pattern.compile("\"step\" ?: ?(\\d+)");

  private final Path file;
  private long every;
  private double loss;
  private double nll;
  private long tokens;
  private double since;

  public MetricsLog(Path file) {
    this.file = file;
  }

  @Override
  public void start(TrainState state, TrainConfig config) {
    every = config.logEvery();
    since = state.seconds();
    if (!Files.exists(file)) return;
    try {
      List<String> kept =
          Files.readAllLines(file).stream().filter(line -> step(line) <= state.step()).toList();
      AtomicFile.write(file, String.join("\n", kept) + (kept.isEmpty() ? "" : "\n"));
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  private static long step(String line) {
    Matcher match = STEP.matcher(line);
    return match.find() ? Long.parseLong(match.group(1)) : Long.MAX_VALUE; // a line half written
  }

  @Override
  public void update(TrainState state, double loss, double nll, double lr, long tokens) {
    this.loss += loss * tokens;
    this.nll += nll * tokens;
    this.tokens += tokens;
    if (state.step() % every != 0) return;
    Map<String, Object> line = line(state);
    line.put("loss", this.loss / this.tokens);
    line.put("perplexity", Math.exp(this.nll / this.tokens));
    line.put("lr", lr);
    line.put("tokensPerSecond", this.tokens / (state.seconds() - since));
    write(line);
    this.loss = 0;
    this.nll = 0;
    this.tokens = 0;
    since = state.seconds();
  }

  @Override
  public void validation(TrainState state, Validator.Result result) {
    Map<String, Object> line = line(state);
    line.put("validLoss", result.loss());
    line.put("validPerplexity", result.perplexity());
    if (!Double.isNaN(result.quality())) line.put("validQuality", result.quality());
    write(line);
    since = state.seconds(); // validation is no training time
  }

  private static Map<String, Object> line(TrainState state) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", state.step());
    line.put("epoch", state.next().epoch());
    line.put("seconds", state.seconds());
    return line;
  }

  private void write(Map<String, Object> line) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(
          file, Configs.toLine(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw FileErrors.unwritable(file, e);
    }
  }
}
