package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verb; that its outputs are right is tested in core. */
class SummarizeTest {
  @TempDir private Path dir;

  @BeforeEach
  void model() throws IOException {
    Tokenizer tokenizer =
        Tokenizer.of(
            TokenizerTrainer.of("characters", 40, 1).train(List.of("a red dog", "it ran")));
    String config =
        """
        {"vocab_size": %d, "d_model": 8, "encoder_layers": 1, "decoder_layers": 1,
         "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 16,
         "decoder_ffn_dim": 16, "max_position_embeddings": 24, "pad_token_id": 0, "eos_token_id": 2,
         "decoder_start_token_id": 2, "bos_token_id": 1, "prefix": "a "}
        """
            .formatted(tokenizer.size());
    Randomness.seed(5);
    try (Scope scope = Scope.open()) {
      Checkpoint.create("BartForConditionalGeneration", new ObjectMapper().readTree(config))
          .save(dir);
    }
    tokenizer.save(dir);
    Files.writeString(
        dir.resolve("generation_config.json"),
        "{\"eos_token_id\": 2, \"decoder_start_token_id\": 2, \"max_length\": 8, \"min_length\": 4}");
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }

  @Test
  void aLineForEachText() throws IOException {
    List<String> lines = Shell.pipe("red dog\nit ran\n", "summarize", "--model", dir).lines();
    assertEquals(2, lines.size());
    JsonNode told =
        json(Shell.pipe("red dog\n", "summarize", "--model", dir, "--json").lines().get(0));
    assertEquals("red dog", told.path("text").asText());
    assertEquals(lines.get(0), told.at("/summaries/0/text").asText().strip());
    // The folder's prefix, and another.
    assertEquals(
        lines.get(0),
        Shell.pipe("a red dog\n", "summarize", "--model", dir, "--prefix", "").lines().get(0));
    List<String> best =
        Shell.pipe("red dog\n", "summarize", "--model", dir, "--n-best", 2, "--beam", 3).lines();
    assertEquals(2, best.size());
    double[] scores =
        best.stream().mapToDouble(l -> Double.parseDouble(l.split("\t")[0])).toArray();
    assertTrue(scores[0] >= scores[1]);
    Shell.pipe("a\n", "summarize", "--model", dir, "--n-best", 2, "--beam", 1).failure(2);
  }

  @Test
  void fieldsAndTruncation() throws IOException {
    Path file =
        Files.writeString(
            dir.resolve("in.jsonl"), "{\"id\": 1, \"x\": \"" + "red ".repeat(9) + "\"}\n");
    String failure = Shell.run("summarize", "--model", dir, "--fields", "x", file).failure(1);
    assertTrue(failure.contains("text 1 has "), failure);
    JsonNode cut =
        json(
            Shell.run("summarize", "--model", dir, "--fields", "x", "--truncate", "--json", file)
                .lines()
                .get(0));
    assertTrue(cut.path("truncated").asBoolean());
    assertEquals(1, cut.path("id").asInt());
    assertFalse(cut.path("summaries").isEmpty());
  }

  @Test
  void anEncoderAloneIsRefused() {
    Path encoder = TinyEncoder.save(dir.resolve("encoder"), "BertModel");
    String failure = Shell.pipe("a\n", "summarize", "--model", encoder).failure(1);
    assertTrue(failure.contains("doesn't generate text"), failure);
  }
}
