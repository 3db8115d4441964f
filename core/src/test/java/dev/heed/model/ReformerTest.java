package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Reformer} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class ReformerTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/reformer-local", "hf/reformer-lsh"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
