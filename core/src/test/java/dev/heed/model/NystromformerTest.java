package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Nystromformer} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class NystromformerTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/nystromformer", "hf/nystromformer-full", "hf/nystromformer-masked"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
