package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Gpt2} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class Gpt2Test {
  @ParameterizedTest
  @ValueSource(strings = "hf/gpt2")
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
