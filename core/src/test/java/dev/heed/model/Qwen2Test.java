package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Qwen2} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class Qwen2Test {
  @ParameterizedTest
  @ValueSource(strings = "hf/qwen2")
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
