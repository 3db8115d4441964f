package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link MBart} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class MBartTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/mbart", "hf/mbart-qa"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
