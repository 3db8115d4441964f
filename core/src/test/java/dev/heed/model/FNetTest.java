package dev.heed.model;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import dev.heed.hub.Checkpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link FNet} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class FNetTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/fnet"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }

  @Test
  void aTransformThatIsCutOffIsRefused() {
    ObjectNode json =
        JsonNodeFactory.instance.objectNode().put("use_tpu_fourier_optimizations", true);
    String sentence =
        assertThrows(IllegalArgumentException.class, () -> Checkpoint.create("FNetModel", json))
            .getMessage();
    assertTrue(sentence.contains("cut off"), sentence);
  }
}
