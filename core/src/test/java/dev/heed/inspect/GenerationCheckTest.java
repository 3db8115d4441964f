package dev.heed.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import dev.heed.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link GenerationCheck}: searches with every setting of Hugging Face's that Heed knows. */
@ExtendWith(OneThread.class)
final class GenerationCheckTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/gpt2-search", "hf/gpt2", "hf/marian", "hf/pegasus"})
  void searchesEqualHuggingFaces(String folder) {
    ModelParity.check(folder);
  }

  @Test
  void whatIsGeneratedOtherwiseIsFound(@TempDir Path dir) throws IOException {
    Path from = Fixtures.folder("hf/gpt2-search");
    for (String file : new String[] {"config.json", "model.safetensors", "io.safetensors"})
      Files.copy(from.resolve(file), dir.resolve(file));
    Files.writeString(
        dir.resolve("generation.json"),
        Files.readString(from.resolve("generation.json"))
            .replace("\"repetition_penalty\": 1.4", "\"repetition_penalty\": 1.1"));
    var over = ParityCheck.of(dir, Device.CPU).stream().filter(result -> !result.passes()).toList();
    assertTrue(
        over.stream().anyMatch(result -> result.output().equals("generate.beam_rep_scores")));
    assertEquals(0, over.stream().filter(result -> result.output().equals("logits")).count());
  }
}
