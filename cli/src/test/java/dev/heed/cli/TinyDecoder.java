package dev.heed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A GPT-2 folder with random weights, which says all kinds of bytes, and a chat template. */
final class TinyDecoder {
  private static final List<String> LINES = List.of("the cat sat on the mat", "a dog ran home");

  private TinyDecoder() {}

  /**
   * @param seed of the weights
   */
  static Path save(Path folder, long seed) {
    Tokenizer tokenizer = Tokenizer.of(TokenizerTrainer.of("bpe", 280, 1).train(LINES));
    var config = new ObjectMapper().createObjectNode();
    config.put("vocab_size", tokenizer.size()).put("n_positions", 32);
    config.put("n_embd", 16).put("n_layer", 1).put("n_head", 2);
    Randomness.seed(seed);
    try (Scope scope = Scope.open()) {
      Files.createDirectories(folder);
      Checkpoint.create("GPT2LMHeadModel", config).save(folder);
      tokenizer.save(folder);
      Files.writeString(
          folder.resolve("generation_config.json"),
          "{\"eos_token_id\": %d, \"max_new_tokens\": 8}".formatted(tokenizer.eos()));
      Files.writeString(
          folder.resolve("tokenizer_config.json"),
          "{\"chat_template\": \"{% for m in messages %}{{ m.role }}: {{ m.content }} {% endfor %}\"}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }
}
