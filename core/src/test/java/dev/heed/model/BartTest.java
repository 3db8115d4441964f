package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Bart} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class BartTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/bart", "hf/bart-cls"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
