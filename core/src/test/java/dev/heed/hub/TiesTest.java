package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.attention.Pass;
import dev.heed.config.AtomicFile;
import dev.heed.data.Mask;
import dev.heed.model.Seq2Seq;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A T5's output matrix, as transformers 5 reads it. */
final class TiesTest {
  @TempDir private Path dir;

  private static ObjectNode config(String more) throws IOException {
    return (ObjectNode)
        new ObjectMapper()
            .readTree(
                """
                {"vocab_size": 20, "d_model": 8, "d_kv": 4, "d_ff": 8, "num_layers": 1, "num_heads": 2%s}
                """
                    .formatted(more));
  }

  /** Logits for one source and target, of a model in evaluation mode. */
  private static float[] logits(Checkpoint checkpoint) {
    checkpoint.model().training(false);
    Seq2Seq model = (Seq2Seq) checkpoint.model();
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Tensor target = Tensor.of(new int[] {0, 7}, 1, 2);
      Tensor source = Tensor.of(new int[] {3, 4, 1}, 1, 3);
      return model
          .logits(
              model.decode(
                  target, model.encode(source, Optional.empty()), Pass.whole(target, Mask.NONE)))
          .toFloats();
    }
  }

  /** A folder with these weights, as a config.json that says this of ties. */
  private Checkpoint load(Map<String, Tensor> weights, String ties) throws IOException {
    ObjectNode json = config(ties);
    json.putArray("architectures").add("T5ForConditionalGeneration");
    json.put("model_type", "t5");
    AtomicFile.write(dir.resolve("config.json"), json.toString());
    SafeTensors.write(dir.resolve("model.safetensors"), weights);
    return Checkpoint.load(dir, Device.CPU);
  }

  @Test
  void theFileDecidesOverTheConfig() throws IOException {
    Randomness.seed(1);
    Checkpoint own =
        Checkpoint.create("T5ForConditionalGeneration", config(", \"tie_word_embeddings\": false"));
    Map<String, Tensor> weights = own.weights();
    float[] expected = logits(own);
    // As transformers 5 saves a T5 1.1, and as its repository has it.
    for (String ties :
        new String[] {
          ", \"tie_word_embeddings\": true, \"scale_decoder_outputs\": false",
          ", \"tie_word_embeddings\": false"
        }) {
      Checkpoint read = load(weights, ties);
      assertArrayEquals(expected, logits(read), ties);
      assertEquals(
          config(ties).get("tie_word_embeddings"), read.config().get("tie_word_embeddings"));
      assertEquals(weights.keySet(), read.weights().keySet());
    }
    // Without a word of scaling, true means both.
    for (String ties : new String[] {"", ", \"tie_word_embeddings\": true"}) {
      float[] scaled = logits(load(weights, ties));
      for (int i = 0; i < scaled.length; i++)
        assertEquals(expected[i] / Math.sqrt(8), scaled[i], 1e-5);
    }
  }

  @Test
  void aMissingMatrixIsTheEmbeddings() throws IOException {
    Randomness.seed(2);
    Checkpoint tied =
        Checkpoint.create(
            "T5ForConditionalGeneration", config(", \"scale_decoder_outputs\": false"));
    assertArrayEquals(
        logits(tied), logits(load(tied.weights(), ", \"tie_word_embeddings\": false")));
  }

  @Test
  void equalMatricesAreOne() throws IOException {
    Randomness.seed(3);
    Checkpoint tied = Checkpoint.create("T5ForConditionalGeneration", config(""));
    Map<String, Tensor> weights = tied.weights();
    weights.put("lm_head.weight", weights.get("shared.weight").copy());
    Checkpoint read = load(weights, "");
    assertArrayEquals(logits(tied), logits(read));
    assertEquals(tied.weights().keySet(), read.weights().keySet());
  }
}
