package dev.heed.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link T5} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class T5Test {
  @ParameterizedTest
  @ValueSource(strings = {"hf/t5-v1.0", "hf/t5-v1.1", "hf/t5-cls", "hf/t5-qa"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }

  /** Nothing scales them, so the weights have to. */
  @Test
  void aNewModelsScoresHaveUnitVariance() {
    Randomness.seed(3);
    var config =
        JsonNodeFactory.instance
            .objectNode()
            .put("vocab_size", 50)
            .put("d_model", 256)
            .put("d_kv", 64)
            .put("num_heads", 4)
            .put("d_ff", 32)
            .put("num_layers", 1);
    Map<String, Tensor> weights =
        Checkpoint.create("T5ForConditionalGeneration", config).model().parameters();
    Tensor x = Tensor.empty(Dtype.FLOAT32, Device.CPU, 200, 256).normal_(0, 1);
    Tensor qkv = weights.get("encoder.layer.0.attention.qkv.weight").detach();
    Tensor cross = weights.get("decoder.layer.0.cross.q.weight").detach();
    Tensor keys = x.linear(qkv.narrow(0, 256, 256), Optional.empty()); // (200, 256)
    for (Tensor map : List.of(qkv.narrow(0, 0, 256), cross)) {
      Tensor queries = x.linear(map, Optional.empty()); // (200, 256)
      Tensor scores =
          queries.narrow(1, 0, 64).matmul(keys.narrow(1, 0, 64).transpose(0, 1)); // of one head
      assertEquals(1, scores.norm().item() / 200, 0.15);
    }
    assertEquals(1, weights.get("encoder.tokens.weight").norm().item() / Math.sqrt(50 * 256), 0.1);
  }
}
