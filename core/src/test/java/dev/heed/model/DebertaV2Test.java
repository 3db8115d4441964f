package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link DebertaV2} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class DebertaV2Test {
  @ParameterizedTest
  @ValueSource(strings = {"hf/deberta-v2"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
