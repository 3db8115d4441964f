package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a model folder: {@code model.safetensors}, or the shards that {@code
 * model.safetensors.index.json} names.
 */
final class WeightFiles {
  static final String SINGLE = "model.safetensors";
  static final String INDEX = "model.safetensors.index.json";
  private static final String PICKLE = "pytorch_model.bin";

  private final Path path;
  private final Map<String, SafeTensors> files; // [weight's name]

  private WeightFiles(Path path, Map<String, SafeTensors> files) {
    this.path = path;
    this.files = files;
  }

  /**
   * Reads the headers.
   *
   * @throws UserError if there are no weights, or a file is damaged
   */
  static WeightFiles open(Path folder) {
    if (KwsStreaming.is(folder)) return of(KwsStreaming.weights(folder));
    Path single = folder.resolve(SINGLE);
    if (Files.exists(single)) return of(single);
    Path index = folder.resolve(INDEX);
    if (Files.exists(index)) return sharded(index);
    if (Files.exists(folder.resolve(PICKLE)))
      throw new UserError(
          folder.resolve(PICKLE)
              + " is a pickle, which can run any program when it is read: convert it with Python,"
              + " AutoModel.from_pretrained(folder).save_pretrained(folder), to model.safetensors");
    throw new UserError(
        single + " is missing: a model folder holds config.json and model.safetensors");
  }

  /** One file. */
  private static WeightFiles of(Path file) {
    SafeTensors tensors = SafeTensors.open(file);
    Map<String, SafeTensors> files = new LinkedHashMap<>();
    tensors.names().forEach(name -> files.put(name, tensors));
    return new WeightFiles(file, files);
  }

  private static WeightFiles sharded(Path index) {
    JsonNode map;
    try {
      map = new ObjectMapper().readTree(index.toFile()).path("weight_map");
    } catch (IOException e) {
      throw FileErrors.unreadable(index, e);
    }
    if (!map.isObject() || map.isEmpty())
      throw new UserError(index + ": weight_map must name the file of each weight");
    Map<String, SafeTensors> shards = new LinkedHashMap<>();
    Map<String, SafeTensors> files = new LinkedHashMap<>();
    map.fields()
        .forEachRemaining(
            entry -> {
              String shard = entry.getValue().asText();
              if (!Path.of(shard).equals(Path.of(shard).getFileName()))
                throw new UserError(
                    index + ": " + entry.getKey() + " is in \"" + shard + "\", not a file's name");
              SafeTensors file =
                  shards.computeIfAbsent(
                      shard, name -> SafeTensors.open(index.resolveSibling(name)));
              if (!file.names().contains(entry.getKey()))
                throw new UserError(
                    "%s: %s is said to be in %s, which lacks it"
                        .formatted(index, entry.getKey(), shard));
              files.put(entry.getKey(), file);
            });
    return new WeightFiles(index, files);
  }

  /** The file of the weights, or that which names the shards. */
  Path path() {
    return path;
  }

  Set<String> names() {
    return Collections.unmodifiableSet(files.keySet());
  }

  long[] shape(String name) {
    return files.get(name).shape(name);
  }

  Dtype dtype(String name) {
    return files.get(name).dtype(name);
  }

  /** Fills {@code target}, of the same shape, with a weight. */
  void read(String name, Tensor target) {
    files.get(name).read(name, target);
  }

  /** The number of all values. */
  double count() {
    double count = 0;
    for (String name : names()) {
      double size = 1;
      for (long side : shape(name)) size *= side;
      count += size;
    }
    return count;
  }
}
