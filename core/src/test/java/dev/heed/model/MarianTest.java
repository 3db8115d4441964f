package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Transformer} against MarianMTModel and PegasusForConditionalGeneration. */
@ExtendWith(OneThread.class)
final class MarianTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/marian", "hf/pegasus"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
