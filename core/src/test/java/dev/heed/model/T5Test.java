package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
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
}
