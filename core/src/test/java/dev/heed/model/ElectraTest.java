package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Electra} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class ElectraTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/electra", "hf/electra-mlm", "hf/electra-choice"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
