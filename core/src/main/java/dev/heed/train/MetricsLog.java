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
 * {@code metrics.jsonl}: a line every few updates (means since the line before, and what the
 * model's parts tell of the last of them) and one a validation. A resumed run first drops what was
 * logged after its checkpoint, and the validation that a bound brought about out of turn: what it
 * goes on to is the log of a run without a break.
 */
public final class MetricsLog implements Journal {
  private static final String VALIDATION = "validLoss";
  private static final Pattern STEP = Pattern.compile("\"step\" ?: ?(\\d+)");

  private final Path file;
  private long every;
  private Map<String, Object> told = Map.of();

  public MetricsLog(Path file) {
    this.file = file;
  }

  @Override
  public void start(TrainState state, TrainConfig config) {
    every = config.logEvery();
    if (!Files.exists(file)) return;
    try {
      List<String> kept =
          Files.readAllLines(file).stream()
              .filter(line -> stays(line, state.step(), config.validateEvery()))
              .toList();
      AtomicFile.write(file, String.join("\n", kept) + (kept.isEmpty() ? "" : "\n"));
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  private static boolean stays(String line, long reached, int validateEvery) {
    Matcher match = STEP.matcher(line);
    if (!line.endsWith("}") || !match.find()) return false; // half written
    long step = Long.parseLong(match.group(1));
    return step <= reached && (step % validateEvery == 0 || !line.contains(VALIDATION));
  }

  @Override
  public void told(Map<String, Object> values) {
    told = values;
  }

  @Override
  public void update(TrainState state, double loss, double nll, double lr, long tokens) {
    if (state.step() % every != 0) return;
    TrainState.Tally sums = state.unlogged();
    Map<String, Object> line = line(state);
    line.put("loss", sums.loss() / sums.tokens());
    line.put("perplexity", Math.exp(sums.nll() / sums.tokens()));
    line.put("lr", lr);
    line.put("tokensPerSecond", sums.tokens() / sums.seconds());
    line.putAll(told);
    write(line);
  }

  @Override
  public void validation(TrainState state, Validator.Result result) {
    Map<String, Object> line = line(state);
    line.put(VALIDATION, result.loss());
    line.put("validPerplexity", result.perplexity());
    if (!Double.isNaN(result.quality())) line.put("validQuality", result.quality());
    write(line);
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
