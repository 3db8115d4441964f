package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.decode.GenerationConfig;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.model.LanguageModel;
import dev.heed.model.Seq2Seq;
import dev.heed.tensor.Device;
import dev.heed.text.ChatTemplate;
import dev.heed.text.LlamaTokens;
import dev.heed.text.Tokenizer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A model folder that generates, on the calling thread. */
public record GeneratorFolder(Continuation model, Generator.Settings settings) {
  private static final int ROWS = 8;
  private static final String GENERATES = ".*(ForCausalLM|LMHeadModel|ForConditionalGeneration)";
  private static final List<String> POSITIONS =
      List.of("n_positions", "max_position_embeddings", "n_ctx");

  /** As {@link Generator#load}. */
  static GeneratorFolder load(Path folder, Device device) {
    return of(checkpoint(folder, device), folder, device, Optional.empty());
  }

  /**
   * A model that is loaded already, with what else its folder says.
   *
   * @param device where the model will be when it generates
   * @param task whose {@code task_specific_params} in config.json go over the folder's settings
   * @throws UserError if a file is broken, or the model doesn't generate text
   */
  public static GeneratorFolder of(
      Checkpoint checkpoint, Path folder, Device device, Optional<String> task) {
    if (!(checkpoint.model() instanceof LanguageModel model)
        || !(model instanceof CausalLm || model instanceof Seq2Seq))
      throw new UserError(
          "%s is a %s, which doesn't generate text: give a decoder or an encoder–decoder"
              .formatted(folder, checkpoint.architecture().name()));
    checkpoint.model().training(false);
    Path own = folder.resolve("generation_config.json");
    ObjectNode json = (Files.exists(own) ? read(own) : checkpoint.config()).deepCopy();
    task.ifPresent(name -> json.setAll(specific(checkpoint.config(), name)));
    GenerationConfig config;
    try {
      config = GenerationConfig.read(json, model instanceof Seq2Seq ? 1 : 0);
    } catch (UserError e) {
      throw new UserError((Files.exists(own) ? own : folder) + ": " + e.getMessage(), e);
    }
    var continuation =
        new Continuation(
            model,
            tokenizer(folder),
            chatTemplate(folder),
            config.special(),
            integer(json, "bos_token_id"),
            positions(checkpoint.config(), model),
            device,
            Optional.empty(),
            new Chains());
    return new GeneratorFolder(
        continuation,
        new Generator.Settings(config.decode(), config.countsPrompt(), List.of(), false, ROWS));
  }

  /** What config.json says of one task; {@code prefix} is what its texts begin with. */
  static ObjectNode specific(JsonNode config, String task) {
    return config.path("task_specific_params").path(task) instanceof ObjectNode said
        ? said
        : JsonNodeFactory.instance.objectNode();
  }

  /** A config.json that names no architecture means the one of its type that generates. */
  public static Checkpoint checkpoint(Path folder, Device device) {
    JsonNode config = Checkpoint.config(folder);
    if (!config.path("architectures").isEmpty()) return Checkpoint.load(folder, device);
    String type = config.path("model_type").asText();
    return Architectures.all().stream()
        .filter(one -> one.type().equals(type) && one.name().matches(GENERATES))
        .findFirst()
        .map(one -> Checkpoint.load(folder, one.name(), device))
        .orElseGet(() -> Checkpoint.load(folder, device));
  }

  /** The longest text that the model knows the places of, in tokens. */
  private static OptionalInt positions(JsonNode config, LanguageModel model) {
    return POSITIONS.stream()
        .filter(name -> model instanceof CausalLm || name.startsWith("max"))
        .map(name -> integer(config, name))
        .filter(OptionalInt::isPresent)
        .findFirst()
        .orElse(OptionalInt.empty());
  }

  private static OptionalInt integer(JsonNode json, String name) {
    return json.path(name).isInt() ? OptionalInt.of(json.get(name).asInt()) : OptionalInt.empty();
  }

  private static Optional<Tokenizer> tokenizer(Path folder) {
    Path own = folder.resolve("tokenizer.json");
    if (Files.exists(own)) return Optional.of(Tokenizer.load(own));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "tok*.bin")) {
      for (Path file : files) return Optional.of(LlamaTokens.load(file));
      return Optional.empty();
    } catch (IOException e) {
      throw FileErrors.unreadable(folder, e);
    }
  }

  /** The special tokens that templates name are in tokenizer_config.json. */
  private static Optional<ChatTemplate> chatTemplate(Path folder) {
    Path config = folder.resolve("tokenizer_config.json");
    Path own = folder.resolve("chat_template.jinja");
    JsonNode json = Files.exists(config) ? read(config) : new ObjectMapper().createObjectNode();
    try {
      if (Files.exists(own))
        return Optional.of(ChatTemplate.of(own.toString(), Files.readString(own), json));
    } catch (IOException e) {
      throw FileErrors.unreadable(own, e);
    }
    return ChatTemplate.in(config.toString(), json);
  }

  static ObjectNode read(Path file) {
    try {
      if (new ObjectMapper().readTree(file.toFile()) instanceof ObjectNode object) return object;
      throw new UserError(file + " is no JSON object");
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }
}
