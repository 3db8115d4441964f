package dev.heed.bench;

import dev.heed.config.UserError;
import dev.heed.data.Lines;
import dev.heed.task.Embedder;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Our side of a contest in sentence vectors: from texts to vectors, by an {@link Embedder}. */
final class Embedding implements Serve.Contestant {
  /** Texts whose vectors are compared before any is timed. */
  static final int COMPARED = 32;

  private final Embedder embedder;
  private final List<String> texts;

  Embedding(Path model, Path texts) {
    this.embedder = Embedder.load(model, Device.CPU);
    this.texts = texts(texts);
  }

  static List<String> texts(Path file) {
    List<String> texts = new ArrayList<>();
    try (Lines lines = Lines.of(file)) {
      lines.forEachRemaining(texts::add);
    }
    if (texts.isEmpty()) throw new UserError(file + " is empty: give a text on each line");
    return texts;
  }

  @Override
  public Map<String, Object> answer(String command, int number) {
    return switch (command) {
      case "vectors" ->
          Map.of(
              "vectors",
              embedder.embed(texts.subList(0, Math.min(COMPARED, texts.size()))).stream()
                  .map(Embedding::boxed)
                  .toList());
      case "run" -> run(number);
      default -> throw Serve.Contestant.unknown(command);
    };
  }

  private static List<Float> boxed(float[] values) {
    List<Float> boxed = new ArrayList<>();
    for (float value : values) boxed.add(value);
    return boxed;
  }

  /** All texts, as they come, {@code batch} at a time. */
  private Map<String, Object> run(int batch) {
    long tokens = 0;
    long start = System.nanoTime();
    for (int from = 0; from < texts.size(); from += batch) {
      List<String> some = texts.subList(from, Math.min(from + batch, texts.size()));
      for (Embedder.Vector vector : embedder.embed(some, from + 1, done -> {}))
        tokens += vector.tokens();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return Map.of(
        "seconds",
        seconds,
        "sentences",
        texts.size(),
        "tokens",
        tokens,
        "peak_rss_mb",
        Machine.peakMiB());
  }
}
