package dev.heed.recipe;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Architecture;
import dev.heed.model.Electra;
import dev.heed.model.TextModel;
import dev.heed.nn.Module;
import dev.heed.recipe.PretrainRecipe.Task;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The model of a {@link PretrainRecipe}, new or from its start; with ELECTRA's generator, two in
 * one.
 */
final class PretrainModel {
  private static final String GENERATOR = "generator";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PretrainRecipe recipe;
  private final Checkpoint checkpoint;
  private final Adaptation adaptation;
  private final Optional<Checkpoint> generator;
  private final Module module;

  PretrainModel(PretrainRecipe recipe, Tokenizer tokenizer) {
    this.recipe = recipe;
    this.checkpoint =
        recipe.start().isEmpty()
            ? Checkpoint.create(recipe.newArchitecture(), config(tokenizer, Map.of()))
            : load(Path.of(recipe.start()), recipe.architecture(), recipe.model());
    if (checkpoint.config().path("vocab_size").asInt() < tokenizer.size())
      throw new UserError(
          "%s: the tokenizer has %d tokens, and the model's vocab_size is %d: they don't belong together"
              .formatted(
                  recipe.start(),
                  tokenizer.size(),
                  checkpoint.config().path("vocab_size").asInt()));
    if (recipe.task() != Task.REPLACED) {
      this.generator = Optional.empty();
      this.module = checkpoint.model();
    } else {
      Checkpoint small = generator(tokenizer);
      Electra.Pair pair =
          new Electra.Pair(judge(), (TextModel) small.model()); // which share embeddings
      this.module = pair;
      this.generator =
          Optional.of(
              new Checkpoint(small.architecture(), small.config(), pair.generator(), List.of()));
    }
    this.adaptation = Adaptation.of(checkpoint, recipe.adapt());
  }

  /** The model to go on from, as it is called there or as another of its kind. */
  private static Checkpoint load(Path folder, String architecture, Map<String, Object> changes) {
    ObjectNode config = Checkpoint.config(folder);
    config.setAll((ObjectNode) JSON.valueToTree(changes));
    String name =
        architecture.isEmpty() ? config.path("architectures").path(0).asText("none") : architecture;
    Architecture<?> wanted = Architectures.of(name);
    return Checkpoint.load(folder, wanted, config, Device.CPU);
  }

  private TextModel judge() {
    if (checkpoint.model() instanceof TextModel text
        && text.encoder() instanceof Electra
        && text.has(TextModel.Task.REPLACED)) return text;
    throw unable();
  }

  private Checkpoint generator(Tokenizer tokenizer) {
    String name = "ElectraForMaskedLM";
    if (recipe.start().isEmpty())
      return Checkpoint.create(name, config(tokenizer, recipe.generator()));
    Path folder = Path.of(recipe.start()).resolve(GENERATOR);
    if (!Files.isDirectory(folder))
      throw new UserError(
          "%s is missing: the task replaced goes on with a discriminator and its %s"
              .formatted(folder, name));
    return load(folder, name, recipe.generator());
  }

  /** config.json as the recipe has it, with what the tokenizer says. */
  private ObjectNode config(Tokenizer tokenizer, Map<String, Object> changes) {
    ObjectNode config = JSON.valueToTree(recipe.model());
    config.setAll((ObjectNode) JSON.valueToTree(changes));
    config.put("vocab_size", tokenizer.size());
    config.put("pad_token_id", tokenizer.pad());
    config.put("eos_token_id", tokenizer.eos());
    if (recipe.task() != Task.SPANS) config.put("bos_token_id", tokenizer.bos());
    if (recipe.task() == Task.SPANS || recipe.task() == Task.DENOISE) {
      config.put("is_encoder_decoder", true);
      config.put(
          "decoder_start_token_id",
          recipe.task() == Task.SPANS ? tokenizer.pad() : tokenizer.eos());
    }
    return config;
  }

  /** What is trained. */
  Module module() {
    return module;
  }

  /** The model's config.json. */
  ObjectNode config() {
    return checkpoint.config();
  }

  String sizes() {
    return generator.isEmpty()
        ? adaptation.sizes()
        : "%,d parameters, of which %,d are the discriminator's"
            .formatted(module.parameterCount(), checkpoint.model().parameterCount());
  }

  /** That this architecture doesn't learn this task. */
  UserError unable() {
    return new UserError(
        "architecture %s can't learn the task %s: causal needs a decoder such as GPT2LMHeadModel, masked an encoder such as BertForMaskedLM (nextSentence BertForPreTraining), replaced ElectraForPreTraining, spans and denoise an encoder-decoder such as T5ForConditionalGeneration; name it in architecture"
            .formatted(
                checkpoint.architecture().name(), recipe.task().name().toLowerCase(Locale.ROOT)));
  }

  void save(Path out) {
    generator.ifPresent(small -> small.save(out.resolve(GENERATOR)));
    adaptation.save(out, Path.of(recipe.start()));
  }
}
