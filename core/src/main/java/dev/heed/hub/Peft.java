package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.adapt.Adapter;
import dev.heed.adapt.Addition;
import dev.heed.adapt.Lora;
import dev.heed.adapt.Prefix;
import dev.heed.adapt.Prompt;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.model.Architecture;
import dev.heed.nn.Activation;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What was learned beside a model in the layout of Hugging Face's PEFT: {@code adapter_config.json}
 * and {@code adapter_model.safetensors}, with the weights that a fine-tuned head has of its own.
 *
 * <p>PEFT has no bottlenecks; theirs are the same files with {@code "peft_type": "BOTTLENECK"}.
 */
public final class Peft {
  /** The folder of a run's folder that has what was learned beside the model. */
  public static final String FOLDER = "adapter";

  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";

  /** Settings of PEFT's LoRA that would change what is computed, and what they must be. */
  private static final Map<String, String> REFUSED =
      Map.of(
          "bias", "none",
          "use_dora", "false",
          "use_qalora", "false",
          "use_bdlora", "null",
          "lora_bias", "false",
          "rank_pattern", "{}",
          "alpha_pattern", "{}",
          "layer_replication", "null",
          "target_parameters", "null",
          "alora_invocation_tokens", "null");

  /** Hugging Face's classes for PEFT's tasks. */
  private static final Map<String, String> HEADS =
      Map.of(
          "SEQ_CLS", "ForSequenceClassification",
          "TOKEN_CLS", "ForTokenClassification",
          "QUESTION_ANS", "ForQuestionAnswering");

  private Peft() {}

  /**
   * Writes what was learned beside a model.
   *
   * @param head weights of the model's own that were learned too, under Hugging Face's names
   * @param architecture of the model with its head
   * @param base the model that they were learned for
   */
  public static void save(
      Path folder, Addition addition, Map<String, Tensor> head, String architecture, Path base) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("peft_type", type(addition));
    json.put("base_model_name_or_path", base.toString());
    json.put("task_type", taskType(architecture));
    json.put("inference_mode", true);
    json.put("modules_to_save", modules(head.keySet()));
    json.putAll(settings(addition));
    AtomicFile.write(folder.resolve(CONFIG), Configs.toJson(json));
    Map<String, Tensor> weights = new LinkedHashMap<>();
    addition.weights().forEach((name, weight) -> weights.put(stored(addition, name), weight));
    head.forEach((name, weight) -> weights.put(prefix(addition) + name, weight));
    SafeTensors.write(folder.resolve(WEIGHTS), weights);
  }

  private static String type(Addition addition) {
    if (addition instanceof Lora) return "LORA";
    if (addition instanceof Prefix) return "PREFIX_TUNING";
    return addition instanceof Prompt ? "PROMPT_TUNING" : "BOTTLENECK";
  }

  /** What names of a model's own weights begin with. */
  private static String prefix(Addition addition) {
    boolean wraps = addition instanceof Prefix || addition instanceof Prompt;
    return wraps ? "base_model." : "base_model.model.";
  }

  private static String stored(Addition addition, String name) {
    return addition instanceof Adapter ? prefix(addition) + name : name;
  }

  private static Map<String, Object> settings(Addition addition) {
    Map<String, Object> json = new LinkedHashMap<>();
    if (addition instanceof Lora lora) {
      json.put("r", lora.config().rank());
      json.put("lora_alpha", lora.config().alpha());
      json.put("lora_dropout", lora.config().dropout());
      json.put("use_rslora", lora.config().rslora());
      json.put("target_modules", lora.config().targets());
      json.put("bias", "none");
      json.put("fan_in_fan_out", false);
    } else if (addition instanceof Prefix prefix) {
      json.put("num_virtual_tokens", prefix.config().length());
      json.put("num_layers", prefix.layers());
      json.put("token_dim", prefix.size());
      json.put("num_attention_heads", prefix.heads());
      json.put("num_transformer_submodules", 1);
      json.put("encoder_hidden_size", prefix.size());
      json.put("prefix_projection", false);
    } else if (addition instanceof Prompt prompt) {
      json.put("num_virtual_tokens", prompt.config().length());
      json.put("token_dim", prompt.size());
      json.put("num_transformer_submodules", 1);
      json.put("prompt_tuning_init", "RANDOM");
    } else if (addition instanceof Adapter adapter) {
      json.put("place", adapter.config().place().name().toLowerCase(Locale.ROOT));
      json.put("size", adapter.config().size());
      json.put("activation", adapter.config().activation().key());
    }
    return json;
  }

  /**
   * What a run of Heed's learned beside the model of its folder and the weights can't hold, if it
   * did; it is added to the model.
   *
   * @param folder with config.json and, perhaps, {@code adapter/}
   */
  public static Optional<Addition> beside(Path folder, Checkpoint checkpoint) {
    Path adapter = folder.resolve(FOLDER);
    if (!Files.exists(adapter.resolve(CONFIG))) return Optional.empty();
    if (json(adapter.resolve(CONFIG)).path("peft_type").asText().equals("LORA"))
      return Optional.empty(); // merged
    return Optional.of(load(adapter, checkpoint));
  }

  /** What a folder says that the model was, which its updates were learned for. */
  public static String base(Path folder) {
    return json(folder.resolve(CONFIG)).path("base_model_name_or_path").asText();
  }

  /**
   * A model with what was learned beside it in its weights, and with the head that was learned too.
   *
   * @param folder with adapter_config.json
   * @param base the model's folder
   * @throws UserError as {@link #load}, or if weights can't hold what was learned
   */
  public static Checkpoint merged(Path folder, Path base) {
    Checkpoint checkpoint = base(folder, base);
    Addition addition = load(folder, checkpoint);
    if (!addition.merges())
      throw new UserError(
          "%s: weights can't hold what %s has learned, those of LORA alone can"
              .formatted(folder, type(addition)));
    addition.leave();
    return checkpoint;
  }

  /** The model as the class with the head that was learned, of as many classes. */
  private static Checkpoint base(Path folder, Path base) {
    String head = HEADS.get(json(folder.resolve(CONFIG)).path("task_type").asText());
    ObjectNode config = Checkpoint.config(base);
    String type = config.path("model_type").asText();
    Optional<Architecture<?>> wanted =
        Architectures.all().stream()
            .filter(a -> head != null && a.type().equals(type) && a.name().endsWith(head))
            .findFirst();
    boolean same = config.path("architectures").path(0).asText().endsWith("" + head);
    if (wanted.isEmpty() || same) return Checkpoint.load(base, Device.CPU);
    SafeTensors file = SafeTensors.open(folder.resolve(WEIGHTS));
    file.names().stream()
        .filter(name -> name.matches(".*(classifier|score|out_proj|qa_outputs)\\.weight"))
        .forEach(
            name -> {
              ObjectNode labels = config.putObject("id2label");
              for (int i = 0; i < file.shape(name)[0]; i++) labels.put("" + i, "LABEL_" + i);
            });
    return Checkpoint.load(base, wanted.get(), config, Device.CPU);
  }

  /**
   * Adds what {@link #save}, or PEFT, wrote to the model that it was learned for.
   *
   * @throws UserError if a file is missing, it is of a kind that Heed doesn't know, or of another
   *     model: each weight that doesn't fit is named
   */
  public static Addition load(Path folder, Checkpoint checkpoint) {
    Path file = folder.resolve(CONFIG);
    JsonNode json = json(file);
    SafeTensors weights = SafeTensors.open(folder.resolve(WEIGHTS));
    Map<String, Tensor> own = checkpoint.weights(); // before there is more
    Addition addition = checked(() -> add(json, file, weights, checkpoint), file);
    Map<String, Tensor> wanted = new LinkedHashMap<>();
    own.forEach((name, weight) -> wanted.put(prefix(addition) + name, weight));
    Map<String, Tensor> added = new LinkedHashMap<>();
    addition.weights().forEach((name, weight) -> added.put(stored(addition, name), weight));
    List<String> needed = checkpoint.fresh().stream().map(n -> prefix(addition) + n).toList();
    fill(weights, folder.resolve(WEIGHTS), added, wanted, needed);
    return addition;
  }

  private static <T> T checked(Supplier<T> made, Path file) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
  }

  private static Addition add(
      JsonNode json, Path file, SafeTensors weights, Checkpoint checkpoint) {
    int virtual = json.path("num_virtual_tokens").asInt();
    String kind = json.path("peft_type").asText();
    switch (kind) {
      case "LORA" -> {
        return Lora.add(checkpoint.model(), checkpoint::stored, lora(json, file, weights));
      }
      case "PREFIX_TUNING" -> {
        return Prefix.add(checkpoint.model(), new Prefix.Config(virtual));
      }
      case "PROMPT_TUNING" -> {
        return Prompt.add(checkpoint.model(), new Prompt.Config(virtual));
      }
      case "BOTTLENECK" -> {
        Adapter.Config config =
            new Adapter.Config(
                Adapter.Place.valueOf(json.path("place").asText().toUpperCase(Locale.ROOT)),
                json.path("size").asInt(),
                Activation.of(json.path("activation").asText()));
        return Adapter.add(checkpoint.model(), checkpoint::stored, config);
      }
      default ->
          throw new UserError(
              "%s: peft_type is \"%s\"; this reads LORA, PREFIX_TUNING, PROMPT_TUNING and BOTTLENECK"
                  .formatted(file, kind));
    }
  }

  private static Lora.Config lora(JsonNode json, Path file, SafeTensors weights) {
    REFUSED.forEach(
        (key, only) -> {
          JsonNode value = json.path(key);
          String said = value.isTextual() ? value.asText() : value.toString();
          if (!value.isMissingNode() && !value.isNull() && !said.equals(only))
            throw new UserError("%s: %s is %s; this reads %s".formatted(file, key, said, only));
        });
    boolean listed =
        json.path("target_modules").isArray()
            && !json.hasNonNull("exclude_modules")
            && !json.hasNonNull("layers_to_transform");
    List<String> saved = new ArrayList<>();
    json.path("modules_to_save").forEach(module -> saved.add(module.asText()));
    return new Lora.Config(
        json.path("r").asInt(),
        json.path("lora_alpha").asDouble(),
        json.path("lora_dropout").asDouble(0),
        listed ? texts(json.path("target_modules")) : targets(weights),
        json.path("use_rslora").asBoolean(false),
        saved);
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  /** The maps that there are updates of, where they are chosen by patterns. */
  private static List<String> targets(SafeTensors weights) {
    return weights.names().stream()
        .filter(name -> name.endsWith(".lora_A.weight"))
        .map(name -> name.replaceFirst("^base_model\\.model\\.", ""))
        .map(name -> name.replace(".lora_A.weight", ""))
        .toList();
  }

  private static void fill(
      SafeTensors file,
      Path path,
      Map<String, Tensor> updates,
      Map<String, Tensor> head,
      List<String> needed) {
    List<String> faults = new ArrayList<>();
    Map<String, Tensor> targets = new LinkedHashMap<>();
    Stream.concat(updates.keySet().stream(), needed.stream())
        .filter(name -> !file.names().contains(name))
        .forEach(name -> faults.add("missing " + name));
    for (String name : file.names()) {
      Tensor target = updates.getOrDefault(name, head.get(name));
      if (target == null) faults.add("unknown " + name);
      else if (!Arrays.equals(file.shape(name), target.shape()))
        faults.add(
            "%s is %s, not %s"
                .formatted(
                    name, Arrays.toString(file.shape(name)), Arrays.toString(target.shape())));
      else targets.put(name, target);
    }
    if (!faults.isEmpty())
      throw new UserError(path + " is of another model: " + String.join("; ", faults));
    try (NoGrad off = NoGrad.on()) {
      targets.forEach(file::read);
    }
  }

  private static JsonNode json(Path file) {
    try {
      if (new ObjectMapper().readTree(file.toFile()) instanceof ObjectNode object) return object;
      throw new UserError(file + " is no JSON object");
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** The parts that names of weights belong to. */
  private static List<String> modules(Set<String> weights) {
    return weights.stream().map(name -> name.replaceFirst("\\.[^.]+$", "")).distinct().toList();
  }

  private static String taskType(String architecture) {
    for (var head : HEADS.entrySet())
      if (architecture.endsWith(head.getValue())) return head.getKey();
    if (architecture.endsWith("ForConditionalGeneration")) return "SEQ_2_SEQ_LM";
    return "CAUSAL_LM";
  }
}
