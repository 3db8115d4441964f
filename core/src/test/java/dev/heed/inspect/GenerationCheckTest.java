package dev.heed.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import dev.heed.hub.SafeTensors;
import dev.heed.hub.TransformerFiles;
import dev.heed.model.Transformer;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches with every setting of Hugging Face's that Heed knows, over GPT-2. */
@ExtendWith(OneThread.class)
final class GenerationCheckTest {
  @Test
  void searchesEqualHuggingFaces() {
    ModelParity.check("hf/gpt2-search");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hf/marian", "hf/pegasus"})
  void translationsEqualHuggingFaces(String subject) throws IOException {
    Path folder = Fixtures.folder(subject);
    Transformer model = TransformerFiles.load(folder, Device.CPU);
    model.training(false);
    Map<String, Tensor> file = SafeTensors.open(folder.resolve("io.safetensors")).all();
    Map<String, Tensor> in = new TreeMap<>();
    for (String name : new String[] {"input_ids", "attention_mask"})
      in.put(name, file.get("generate." + name));
    var json = new ObjectMapper();
    var inputs = new ParityRun.Inputs(in, json.createObjectNode(), file.keySet());
    var check = new GenerationCheck(model, new Seq2SeqRun(model), inputs);
    var runs = json.readTree(folder.resolve("generation.json").toFile());
    for (String run : new String[] {"greedy", "beam"}) {
      String ids = "generate." + run;
      var outcome =
          check.compare(
              runs.get(run), file.get(ids), Optional.ofNullable(file.get(ids + "_scores")));
      assertEquals(0, outcome.different(), subject + " " + run);
      assertEquals(0, outcome.scores(), 1e-4, subject + " " + run);
    }
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
