package dev.heed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.text.Specials;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A BERT folder with random weights: 1 layer of 2 heads, 24 positions. */
final class TinyEncoder {
  private static final List<String> LINES =
      List.of("a small dog runs over the grass", "two cats sit on a red roof", "the grass is red");

  private TinyEncoder() {}

  static Path save(Path folder, String architecture) {
    Tokenizer tokenizer =
        Tokenizer.of(TokenizerTrainer.of("wordpiece", 60, 1, Specials.BERT).train(LINES));
    ObjectNode config =
        new ObjectMapper()
            .createObjectNode()
            .put("vocab_size", tokenizer.size())
            .put("hidden_size", 8)
            .put("num_hidden_layers", 1)
            .put("num_attention_heads", 2)
            .put("intermediate_size", 16)
            .put("max_position_embeddings", 24);
    if (!architecture.endsWith("ForQuestionAnswering")) // which tells start and end apart
    config.putObject("id2label").put("0", "O").put("1", "B-X").put("2", "I-X");
    Randomness.seed(7);
    try (Scope scope = Scope.open()) {
      Files.createDirectories(folder);
      Checkpoint.create(architecture, config).save(folder);
      tokenizer.save(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }
}
