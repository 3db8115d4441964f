package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.model.LanguageModel;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/**
 * A model folder for Hugging Face's libraries, as their {@code save_pretrained} writes it: the
 * config with its element type, weights in one file or in shards with their index, the tokenizer
 * with its special tokens, settings of generation, and what else lies beside the model.
 */
public final class Export {
  /** The shard size of transformers. */
  public static final long SHARD = 50_000_000_000L;

  private static final List<String> GENERATION =
      List.of(
          "bos_token_id",
          "eos_token_id",
          "pad_token_id",
          "decoder_start_token_id",
          "forced_bos_token_id",
          "forced_eos_token_id");

  private Export() {}

  /**
   * How weights are written.
   *
   * @param dtype of all floating weights; empty keeps what each has in the folder that it is from
   * @param shard bytes of a file at most, unless one weight alone has more
   */
  public record Options(Optional<Dtype> dtype, long shard) {
    public Options {
      if (shard < 1) throw new IllegalArgumentException("a shard must hold at least 1 byte");
      if (dtype.isPresent() && !dtype.get().floating())
        throw new IllegalArgumentException("weights can't be " + dtype.get());
    }
  }

  /**
   * Writes a model.
   *
   * @param from the folder that it was read from
   * @throws UserError if {@code out} holds a model already, or can't be written
   */
  public static void write(Checkpoint checkpoint, Path from, Path out, Options options) {
    for (String taken : List.of(WeightFiles.SINGLE, WeightFiles.INDEX))
      if (Files.exists(out.resolve(taken)))
        throw new UserError(out + " holds a model: give another --out");
    WeightFiles files = WeightFiles.open(from);
    Map<String, Tensor> weights = new TreeMap<>(checkpoint.weights());
    Dtype usual = usual(files);
    Map<String, Dtype> dtypes = new LinkedHashMap<>();
    weights.forEach(
        (name, weight) ->
            dtypes.put(
                name,
                !weight.dtype().floating()
                    ? weight.dtype()
                    : options
                        .dtype()
                        .orElseGet(
                            () -> files.names().contains(name) ? files.dtype(name) : usual)));
    config(checkpoint, options.dtype().orElse(usual), out);
    tokenizer(checkpoint, from, out);
    generation(checkpoint, from, out);
    beside(from, out);
    weights(weights, dtypes, options.shard(), out); // last: a folder with weights is whole
  }

  /** That of the largest floating weight. */
  private static Dtype usual(WeightFiles files) {
    return files.names().stream()
        .filter(name -> files.dtype(name).floating())
        .max((a, b) -> Long.compare(count(files.shape(a)), count(files.shape(b))))
        .map(files::dtype)
        .orElse(Dtype.FLOAT32);
  }

  private static long count(long[] shape) {
    long count = 1;
    for (long side : shape) count *= side;
    return count;
  }

  private static void config(Checkpoint checkpoint, Dtype dtype, Path out) {
    ObjectNode json = checkpoint.config().deepCopy();
    json.putArray("architectures").add(checkpoint.architecture().name());
    json.remove("torch_dtype"); // its older name
    json.put("dtype", name(dtype));
    AtomicFile.write(out.resolve(Checkpoint.CONFIG), Configs.toJson(json));
  }

  private static String name(Dtype dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  /** {@code tokenizer.json} alone doesn't say which tokens are special. */
  private static void tokenizer(Checkpoint checkpoint, Path from, Path out) {
    Path settings = Path.of("tokenizer_config.json");
    if (!Files.exists(from.resolve("tokenizer.json")) || Files.exists(from.resolve(settings)))
      return;
    Tokenizer tokenizer = Tokenizer.load(from);
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("tokenizer_class", "PreTrainedTokenizerFast");
    Map<String, IntSupplier> ids =
        Map.of(
            "pad_token", tokenizer::pad,
            "bos_token", tokenizer::bos,
            "eos_token", tokenizer::eos,
            "unk_token", tokenizer::unk);
    new TreeMap<>(ids).forEach((name, id) -> special(json, name, id, tokenizer));
    Map<String, String> ofBert =
        Map.of("cls_token", "[CLS]", "sep_token", "[SEP]", "mask_token", "[MASK]");
    new TreeMap<>(ofBert)
        .forEach(
            (name, token) -> {
              if (tokenizer.id(token).isPresent()) json.put(name, token);
            });
    int most = checkpoint.config().path("max_position_embeddings").asInt(0);
    if (most > 0) json.put("model_max_length", most);
    AtomicFile.write(out.resolve(settings), Configs.toJson(json));
  }

  private static void special(ObjectNode json, String name, IntSupplier id, Tokenizer tokenizer) {
    try {
      json.put(name, tokenizer.token(id.getAsInt()));
    } catch (UserError e) {
      // a vocabulary without
    }
  }

  /** Of a model that writes: its tokens, and the search that its run was validated with. */
  private static void generation(Checkpoint checkpoint, Path from, Path out) {
    Path name = Path.of("generation_config.json");
    if (!(checkpoint.model() instanceof LanguageModel) || Files.exists(from.resolve(name))) return;
    ObjectNode json = new ObjectMapper().createObjectNode();
    GENERATION.forEach(
        key -> {
          JsonNode value = checkpoint.config().path(key);
          if (!value.isMissingNode() && !value.isNull()) json.set(key, value);
        });
    Path decode = from.resolve("decode.json");
    if (Files.exists(decode)) {
      JsonNode search = read(decode);
      json.put("num_beams", search.path("beam").asInt(1));
      json.put("max_length", search.path("maxLength").asInt(256));
      if (search.path("lengthPenalty").asText().equals("plain"))
        json.put("length_penalty", search.path("alpha").asDouble(1));
    }
    AtomicFile.write(out.resolve(name), Configs.toJson(json));
  }

  private static JsonNode read(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** What is not rewritten is copied. */
  private static void beside(Path from, Path out) {
    for (String name : Hub.SMALL) {
      if (name.equals(Checkpoint.CONFIG) || !Files.isRegularFile(from.resolve(name))) continue;
      try {
        AtomicFile.write(out.resolve(name), Files.readAllBytes(from.resolve(name)));
      } catch (IOException e) {
        throw FileErrors.unreadable(from.resolve(name), e);
      }
    }
  }

  private static void weights(
      Map<String, Tensor> weights, Map<String, Dtype> dtypes, long most, Path out) {
    List<Map<String, Tensor>> shards = new ArrayList<>(List.of(new LinkedHashMap<>()));
    long size = 0;
    long total = 0;
    for (var weight : weights.entrySet()) {
      long bytes = weight.getValue().count() * dtypes.get(weight.getKey()).bytes();
      if (size > 0 && size + bytes > most) {
        shards.add(new LinkedHashMap<>());
        size = 0;
      }
      shards.get(shards.size() - 1).put(weight.getKey(), weight.getValue());
      size += bytes;
      total += bytes;
    }
    if (shards.size() == 1) {
      write(shards.get(0), dtypes, out.resolve(WeightFiles.SINGLE));
      return;
    }
    Map<String, String> map = new TreeMap<>();
    for (int i = 0; i < shards.size(); i++) {
      String file = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      write(shards.get(i), dtypes, out.resolve(file));
      shards.get(i).keySet().forEach(name -> map.put(name, file));
    }
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("metadata", Map.of("total_size", total));
    index.put("weight_map", map);
    AtomicFile.write(out.resolve(WeightFiles.INDEX), Configs.toJson(index));
  }

  private static void write(Map<String, Tensor> shard, Map<String, Dtype> dtypes, Path file) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> converted = new LinkedHashMap<>();
      shard.forEach((name, weight) -> converted.put(name, weight.to(dtypes.get(name))));
      SafeTensors.write(file, converted);
    }
  }
}
