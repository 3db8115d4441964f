package dev.heed.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.data.TokenBatch;
import dev.heed.hub.SafeTensors;
import dev.heed.model.Transformer;
import dev.heed.model.TranslationModel;
import dev.heed.nn.Placement;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The folder that all contestants read: {@code config.json} and {@code model.safetensors} as
 * Hugging Face has Marian's, with {@code batches.safetensors} to train on or {@code sources.json}
 * to translate.
 */
record Work(Path folder) {
  private static final String BATCHES = "batches.safetensors";
  private static final String SOURCES = "sources.json";

  /**
   * @throws UserError if the model isn't of Marian's shape, which the peers implement
   */
  void write(Transformer model) {
    Transformer.Config c = model.config();
    if (c.placement() != Placement.POST
        || c.tie() != Transformer.Tie.ALL
        || !c.isDotProduct()
        || !c.isDense()
        || !c.isPublished())
      throw new UserError(
          "the peers know Marian's model alone: set model.placement=post, model.tie=all, model.attention=scaled_dot_product, model.feedForward=dense, model.norm=layer and model.position=sinusoidal (here: %s, %s, %s, %s, %s, %s)"
              .formatted(
                  c.placement(), c.tie(), c.attention(), c.feedForward(), c.norm(), c.position()));
    ModelFolder.save(folder, model);
  }

  Transformer model() {
    return transformer(ModelFolder.model(folder, Device.CPU));
  }

  /**
   * @throws UserError if the model is another, which the peers don't know
   */
  static Transformer transformer(TranslationModel<?> model) {
    if (model instanceof Transformer transformer) return transformer;
    throw new UserError("the peers know Marian's model alone: leave model.kind=transformer");
  }

  /**
   * @param pad of labels too, as the peers have it
   */
  void writeBatches(List<IdBatch> batches, int pad) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (int n = 0; n < batches.size(); n++) {
        IdBatch b = batches.get(n);
        tensors.put("source." + n, Tensor.of(b.source(), b.rows(), b.sourceLength())); // (B, S)
        tensors.put(
            "input." + n, Tensor.of(b.decoderInput(), b.rows(), b.targetLength())); // (B, T)
        int[] labels =
            Arrays.stream(b.labels()).map(id -> id == TokenBatch.IGNORED ? pad : id).toArray();
        tensors.put("labels." + n, Tensor.of(labels, b.rows(), b.targetLength())); // (B, T)
      }
      SafeTensors.write(folder.resolve(BATCHES), tensors);
    }
  }

  /** The batches as the examples that they were collated from. */
  List<List<Example>> batches(int pad) {
    SafeTensors file = SafeTensors.open(folder.resolve(BATCHES));
    List<List<Example>> batches = new ArrayList<>();
    try (Scope scope = Scope.open()) {
      for (int n = 0; file.names().contains("source." + n); n++) {
        List<int[]> sources = rows(file.tensor("source." + n), pad);
        List<int[]> targets = rows(file.tensor("labels." + n), pad);
        List<Example> batch = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++)
          batch.add(new Example(sources.get(i), targets.get(i), i + 1));
        batches.add(List.copyOf(batch));
      }
    }
    return batches;
  }

  /** The rows of a matrix of ids without what pads them. */
  private static List<int[]> rows(Tensor matrix, int pad) {
    int width = (int) matrix.size(1);
    int[] ids = Arrays.stream(matrix.toLongs()).mapToInt(Math::toIntExact).toArray();
    List<int[]> rows = new ArrayList<>();
    for (int start = 0; start < ids.length; start += width) {
      int end = start + width;
      while (ids[end - 1] == pad) end--;
      rows.add(Arrays.copyOfRange(ids, start, end));
    }
    return rows;
  }

  /** Batches of rows of source ids. */
  void writeSources(List<List<int[]>> batches) {
    AtomicFile.write(folder.resolve(SOURCES), Configs.toLine(batches) + "\n");
  }

  int[][][] sources() {
    Path file = folder.resolve(SOURCES);
    try {
      return new ObjectMapper().readValue(file.toFile(), int[][][].class);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }
}
