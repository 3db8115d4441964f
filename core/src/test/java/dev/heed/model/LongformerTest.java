package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Longformer} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class LongformerTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"hf/longformer", "hf/longformer-local", "hf/longformer-cls", "hf/longformer-qa"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
