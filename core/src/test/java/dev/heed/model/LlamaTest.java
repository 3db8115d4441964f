package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Llama} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class LlamaTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/llama", "hf/llama3-rope"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
