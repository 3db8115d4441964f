package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.adapt.Lora;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Low-rank updates in the layout of Hugging Face's PEFT: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}, with the weights that a fine-tuned head has of its own.
 */
public final class Peft {
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String PREFIX = "base_model.model.";

  private Peft() {}

  /**
   * Writes the updates of a model.
   *
   * @param head weights that the base model lacks, under Hugging Face's names
   * @param architecture of the model with its head
   * @param base the model that they were learned for
   */
  public static void save(
      Path folder, Lora lora, Map<String, Tensor> head, String architecture, Path base) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("peft_type", "LORA");
    json.put("base_model_name_or_path", base.toString());
    json.put("task_type", taskType(architecture));
    json.put("inference_mode", true);
    json.put("r", lora.config().rank());
    json.put("lora_alpha", lora.config().alpha());
    json.put("lora_dropout", lora.config().dropout());
    json.put("target_modules", lora.config().targets());
    json.put("modules_to_save", modules(head.keySet()));
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    AtomicFile.write(folder.resolve(CONFIG), Configs.toJson(json));
    Map<String, Tensor> weights = new LinkedHashMap<>(lora.weights());
    head.forEach((name, weight) -> weights.put(PREFIX + name, weight));
    SafeTensors.write(folder.resolve(WEIGHTS), weights);
  }

  /**
   * Adds updates that {@link #save}, or PEFT, wrote to the model that they were learned for.
   *
   * @throws UserError if a file is missing, the updates are of another kind, or of another model:
   *     each weight that doesn't fit is named
   */
  public static Lora load(Path folder, Checkpoint checkpoint) {
    JsonNode json = json(folder.resolve(CONFIG));
    String kind = json.path("peft_type").asText();
    if (!kind.equals("LORA"))
      throw new UserError(
          "%s: peft_type is \"%s\"; this reads LORA".formatted(folder.resolve(CONFIG), kind));
    List<String> targets = new ArrayList<>();
    json.path("target_modules").forEach(target -> targets.add(target.asText()));
    Lora.Config config =
        new Lora.Config(
            json.path("r").asInt(),
            json.path("lora_alpha").asDouble(),
            json.path("lora_dropout").asDouble(0),
            targets);
    Map<String, Tensor> wanted = new LinkedHashMap<>();
    checkpoint.weights().forEach((name, weight) -> wanted.put(PREFIX + name, weight));
    Lora lora = Lora.add(checkpoint.model(), checkpoint::stored, config);
    Path file = folder.resolve(WEIGHTS);
    fill(file, lora.weights(), wanted);
    return lora;
  }

  private static void fill(Path path, Map<String, Tensor> updates, Map<String, Tensor> head) {
    SafeTensors file = SafeTensors.open(path);
    List<String> faults = new ArrayList<>();
    Map<String, Tensor> targets = new LinkedHashMap<>();
    updates.forEach(
        (name, tensor) -> {
          if (!file.names().contains(name)) faults.add("missing " + name);
        });
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
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** The parts that names of weights belong to. */
  private static List<String> modules(Set<String> weights) {
    return weights.stream().map(name -> name.replaceFirst("\\.[^.]+$", "")).distinct().toList();
  }

  private static String taskType(String architecture) {
    if (architecture.endsWith("ForSequenceClassification")) return "SEQ_CLS";
    if (architecture.endsWith("ForTokenClassification")) return "TOKEN_CLS";
    if (architecture.endsWith("ForQuestionAnswering")) return "QUESTION_ANS";
    if (architecture.endsWith("ForConditionalGeneration")) return "SEQ_2_SEQ_LM";
    return "CAUSAL_LM";
  }
}
