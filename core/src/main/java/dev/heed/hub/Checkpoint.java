package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.model.Architecture;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.EngineException;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A model in Hugging Face's layout: {@code config.json} and {@code model.safetensors}, or its
 * shards.
 *
 * @param architecture what config.json says that it is
 * @param config the whole of config.json; what Heed doesn't know in it is kept
 * @param model with its weights
 * @param fresh the names of weights that the file lacked or had for other classes, and which are
 *     random
 */
public record Checkpoint(
    Architecture<?> architecture, ObjectNode config, Module model, List<String> fresh) {
  static final String CONFIG = "config.json";

  /** Numbers that a model may have beyond twice its weights' before they are compared by name. */
  private static final double SLACK = 20e6;

  /**
   * Reads a folder as the architecture that its config.json names.
   *
   * @throws UserError if a file is missing or broken, the architecture unknown, or the weights
   *     don't fit it
   */
  public static Checkpoint load(Path folder, Device device) {
    ObjectNode json = config(folder);
    try (Init.Skip skip = Init.skip()) {
      return load(folder, Architectures.of(name(folder, json)), json, false, device);
    }
  }

  /**
   * Reads a folder as another architecture of its kind, such as BERT's weights as {@code
   * BertForSequenceClassification}. Heads that the file lacks, or has for other classes, begin with
   * random weights.
   */
  public static Checkpoint load(Path folder, String architecture, Device device) {
    return load(folder, Architectures.of(architecture), config(folder), device);
  }

  /**
   * As above, where config.json is {@code json} instead of the folder's own: that with other
   * labels, for instance.
   */
  public static Checkpoint load(
      Path folder, Architecture<?> wanted, ObjectNode json, Device device) {
    if (!wanted.type().equals(json.path("model_type").asText()))
      throw new UserError(
          "%s is of type \"%s\", where %s needs \"%s\""
              .formatted(folder, json.path("model_type").asText(), wanted.name(), wanted.type()));
    return load(folder, wanted, json, true, device);
  }

  private static <C extends Record> Checkpoint load(
      Path folder,
      Architecture<C> architecture,
      ObjectNode json,
      boolean freshHeads,
      Device device) {
    WeightFiles files = WeightFiles.open(folder);
    Module model = model(folder, architecture, json, files);
    try {
      WeightNames names = names(architecture, model);
      List<WeightNames> kin = kin(architecture);
      Predicate<String> mayLack =
          name ->
              freshHeads && (!name.startsWith(architecture.prefix()) || names.isHead(name, kin));
      List<String> fresh = names.load(files, state(model), mayLack, kin);
      model.to(device);
      return new Checkpoint(architecture, json, model, fresh);
    } catch (EngineException | UserError e) {
      throw new UserError(files.path() + ": " + e.getMessage(), e);
    }
  }

  /** A model as config.json has it, if the files can be its weights. */
  private static <C extends Record> Module model(
      Path folder, Architecture<C> architecture, ObjectNode json, WeightFiles files) {
    double most = 2 * files.count() + SLACK;
    String tooLarge =
        "a model of these sizes has more than %.0f million numbers, but %s holds %.0f million; one of the two files is another model's, or damaged"
            .formatted(most / 1e6, files.path().getFileName(), files.count() / 1e6);
    try (Init.Skip limit = Init.limit(most, tooLarge)) {
      String type = json.path("model_type").asText(architecture.type());
      if (!type.equals(architecture.type()))
        throw new UserError(
            "model_type is \"%s\", and %s needs \"%s\""
                .formatted(type, architecture.name(), architecture.type()));
      WeightNames names = new WeightNames(architecture.weights(), architecture.prefix());
      C config = ConfigJson.read(Ties.asStored(json, names, files), architecture.defaults());
      return architecture.factory().create(config, labels(json));
    } catch (IllegalArgumentException | EngineException | UserError e) {
      throw new UserError(folder.resolve(CONFIG) + ": " + e.getMessage(), e);
    }
  }

  /**
   * A new model with random weights.
   *
   * @param name of an architecture
   * @param given keys of config.json; what it lacks has the architecture's defaults
   */
  public static Checkpoint create(String name, JsonNode given) {
    return create(Architectures.of(name), given);
  }

  private static <C extends Record> Checkpoint create(
      Architecture<C> architecture, JsonNode given) {
    C config = ConfigJson.read(given, architecture.defaults());
    Module model = architecture.factory().create(config, labels(given));
    return of(architecture, config, model, given.deepCopy());
  }

  /** A model that was made of a config without a file. */
  public static <C extends Record> Checkpoint of(
      Architecture<C> architecture, C config, Module model) {
    return of(architecture, config, model, JsonNodeFactory.instance.objectNode());
  }

  private static <C extends Record> Checkpoint of(
      Architecture<C> architecture, C config, Module model, ObjectNode json) {
    json.putArray("architectures").add(architecture.name());
    json.put("model_type", architecture.type());
    ConfigJson.write(config, architecture.defaults(), json);
    return new Checkpoint(architecture, json, model, List.of());
  }

  /** Writes both files, the weights last: a folder with weights is whole. */
  public void save(Path folder) {
    ObjectNode json = config.deepCopy();
    json.putArray("architectures").add(architecture.name());
    AtomicFile.write(folder.resolve(CONFIG), Configs.toJson(json));
    SafeTensors.write(folder.resolve(WeightFiles.SINGLE), weights());
  }

  /** The weights under Hugging Face's names, sharing the model's memory. */
  public Map<String, Tensor> weights() {
    return export(state(model));
  }

  /** Tensors that stand for the model's parameters, such as gradients, under those names. */
  public Map<String, Tensor> export(Map<String, Tensor> byParameter) {
    return names(architecture, model).export(byParameter);
  }

  /** The names under which one parameter of the model's is stored, in the order of its rows. */
  public List<String> stored(String parameter) {
    return names(architecture, model).stored(parameter);
  }

  private static WeightNames names(Architecture<?> architecture, Module model) {
    List<String> table = new ArrayList<>();
    model.visit(
        "",
        (prefix, part) -> {
          if (part instanceof Architecture.OwnNames own) table.add(own.table());
        });
    return new WeightNames(
        table.isEmpty() ? architecture.weights() : table.get(0),
        architecture.prefix(),
        model.blocks());
  }

  /** The other classes of its type. */
  private static List<WeightNames> kin(Architecture<?> architecture) {
    return Architectures.all().stream()
        .filter(other -> other.type().equals(architecture.type()) && other != architecture)
        .map(other -> new WeightNames(other.weights(), other.prefix()))
        .toList();
  }

  private static Map<String, Tensor> state(Module model) {
    Map<String, Tensor> state = new LinkedHashMap<>(model.parameters());
    state.putAll(model.buffers());
    return state;
  }

  /** The classes that {@code id2label} names; Hugging Face's default is two. */
  private static int labels(JsonNode json) {
    int named = json.path("id2label").size();
    return named > 0 ? named : json.path("num_labels").asInt(2);
  }

  private static String name(Path folder, JsonNode json) {
    JsonNode names = json.path("architectures");
    if (names.isArray() && !names.isEmpty()) return names.get(0).asText();
    throw new UserError(
        folder.resolve(CONFIG) + ": architectures must name the model, such as [\"BertModel\"]");
  }

  /**
   * The config.json of a folder, or what stands for it in one of another layout, {@link
   * KwsStreaming}.
   *
   * @throws UserError if it is missing or no JSON object
   */
  public static ObjectNode config(Path folder) {
    if (KwsStreaming.is(folder)) return KwsStreaming.config(folder);
    return object(folder.resolve(CONFIG));
  }

  /**
   * What a folder holds, without its weights.
   *
   * @throws UserError if its config.json is missing or broken, or the architecture unknown
   */
  public static Architecture<?> architecture(Path folder) {
    return Architectures.of(name(folder, config(folder)));
  }

  /**
   * The JSON object of one of a folder's files.
   *
   * @throws UserError if it is missing or no JSON object
   */
  public static ObjectNode object(Path file) {
    if (!Files.isRegularFile(file))
      throw new UserError(
          file + " is missing: a model folder holds config.json and model.safetensors");
    try {
      if (new ObjectMapper().readTree(file.toFile()) instanceof ObjectNode object) return object;
      throw new UserError(file + " is no JSON object");
    } catch (IOException e) {
      throw new UserError(
          file + " is not readable JSON: " + e.getMessage().lines().findFirst().orElse(""), e);
    }
  }
}
