package dev.heed.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.FileErrors;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** Decoders of sizes that are much used, with random weights. */
public enum Decoder {
  /** The smallest GPT-2: 124 million parameters, d 768, 12 layers, 50,257 tokens. */
  GPT2("GPT2LMHeadModel", json -> json),
  /** A Llama of 110 million parameters: d 768, feed-forward 2,048, 12 layers, 32,000 tokens. */
  LLAMA(
      "LlamaForCausalLM",
      json ->
          json.put("vocab_size", 32000)
              .put("hidden_size", 768)
              .put("intermediate_size", 2048)
              .put("num_hidden_layers", 12)
              .put("num_attention_heads", 12)
              .put("max_position_embeddings", 1024)
              .put("tie_word_embeddings", true));

  private static final String WEIGHTS = "model.safetensors";
  private static final long SEED = 1;

  private final String architecture;
  private final UnaryOperator<ObjectNode> sizes;

  Decoder(String architecture, UnaryOperator<ObjectNode> sizes) {
    this.architecture = architecture;
    this.sizes = sizes;
  }

  /** Its folder in Hugging Face's layout within {@code work}, written unless it is there. */
  public Path in(Path work) {
    Path folder = work.resolve(name().toLowerCase(Locale.ROOT));
    if (Files.exists(folder.resolve(WEIGHTS))) return folder;
    try (Scope scope = Scope.open()) {
      Files.createDirectories(folder);
      Randomness.seed(SEED);
      Checkpoint.create(architecture, sizes.apply(JsonNodeFactory.instance.objectNode()))
          .save(folder);
    } catch (IOException e) {
      throw FileErrors.unwritable(folder, e);
    }
    return folder;
  }

  /** How many bytes its weights' file has. */
  static long bytes(Path folder) {
    try {
      return Files.size(folder.resolve(WEIGHTS));
    } catch (IOException e) {
      throw FileErrors.unreadable(folder.resolve(WEIGHTS), e);
    }
  }
}
