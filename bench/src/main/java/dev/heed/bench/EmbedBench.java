package dev.heed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.task.Embedder;
import dev.heed.tensor.Engine;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Sentence vectors with one model of the same texts, ours against ONNX Runtime's.
 *
 * @param model a folder with a BERT
 * @param texts a file, a text on each line
 * @param batches texts read together, one report for each
 * @param onnx the peer, if any
 * @param folder for logs
 */
public record EmbedBench(
    Path model, Path texts, List<Integer> batches, int rounds, Optional<Onnx> onnx, Path folder) {
  private static final String SCRIPT = "OnnxEmbed.java";
  private static final double ALIKE = 0.999;

  /**
   * @param model the same model as an ONNX graph
   * @param runtime the jar of {@code com.microsoft.onnxruntime:onnxruntime}
   */
  public record Onnx(Path model, Path runtime) {
    /**
     * @throws UserError if a file is missing
     */
    public Onnx {
      for (Path file : List.of(model, runtime))
        if (!Files.isRegularFile(file)) throw new UserError("there is no file " + file);
    }
  }

  /**
   * Compares the first texts' vectors, and times.
   *
   * @param say is told in a sentence what is going on
   * @throws UserError if the peer's vectors aren't ours, or a contestant fails
   */
  public List<Report> run(Consumer<String> say) {
    Map<String, Object> setup = new LinkedHashMap<>();
    int count = Embedding.texts(texts).size();
    setup.put("model", model.toString());
    setup.put("processor", Engine.cpu() + ", " + Engine.threads() + " threads");
    List<Peer> contestants = new ArrayList<>();
    try {
      String threads = Integer.toString(Engine.threads());
      List<String> given = List.of(model.toString(), texts.toString(), threads);
      contestants.add(
          java(
              "heed",
              "",
              List.of(Serve.class.getName(), "embed", given.get(0), threads, given.get(1))));
      onnx.ifPresent(
          peer -> {
            List<String> arguments = new ArrayList<>(List.of(script().toString()));
            arguments.addAll(given);
            arguments.add(peer.model().toString());
            contestants.add(java("ONNX Runtime", peer.runtime() + File.pathSeparator, arguments));
          });
      agree(contestants, setup);
      List<Report> reports = new ArrayList<>();
      for (int batch : batches) {
        for (Peer each : contestants) {
          say.accept("warming up %s, batch %d".formatted(each.name(), batch));
          each.ask("run " + batch);
        }
        Map<String, Object> about = new LinkedHashMap<>(setup);
        about.put("round", "%d texts, %d at a time".formatted(count, batch));
        reports.add(
            new Report(
                about,
                List.of("sentences"),
                Contest.run(contestants, rounds, "run " + batch, "sentences", say),
                Report.Shares.NONE));
      }
      return reports;
    } finally {
      contestants.forEach(Peer::close);
    }
  }

  /** A process with this one's Java, options and classes. */
  private Peer java(String name, String classes, List<String> arguments) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw FileErrors.unwritable(folder, e);
    }
    List<String> command = new ArrayList<>(Serve.java());
    command.addAll(List.of("-cp", classes + System.getProperty("java.class.path")));
    command.addAll(arguments);
    return new Peer(
        name, new ProcessBuilder(command), folder.resolve(name.replace(' ', '-') + ".log"));
  }

  /** The peer's program, which Java runs from its source: ONNX Runtime is no part of this build. */
  private Path script() {
    Path script = folder.resolve("peers").resolve(SCRIPT);
    try (InputStream in = EmbedBench.class.getResourceAsStream("peers/" + SCRIPT)) {
      Files.createDirectories(script.getParent());
      Files.write(script, in.readAllBytes());
    } catch (IOException e) {
      throw FileErrors.unwritable(script, e);
    }
    return script;
  }

  private static void agree(List<Peer> contestants, Map<String, Object> setup) {
    JsonNode ours = contestants.get(0).ask("vectors").path("vectors");
    for (Peer other : contestants.subList(1, contestants.size())) {
      JsonNode theirs = other.ask("vectors").path("vectors");
      double least = 1;
      for (int i = 0; i < ours.size(); i++)
        least = Math.min(least, Embedder.cosine(values(ours.get(i)), values(theirs.path(i))));
      setup.put("least cosine", "%.6f of the first %d".formatted(least, ours.size()));
      if (!(least >= ALIKE))
        throw new UserError(
            "%s makes other vectors (a cosine of %.4f): it computes something else, so it isn't timed"
                .formatted(other.name(), least));
    }
  }

  private static float[] values(JsonNode vector) {
    float[] values = new float[vector.size()];
    for (int i = 0; i < values.length; i++) values[i] = vector.path(i).floatValue();
    return values;
  }
}
