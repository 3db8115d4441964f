package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Xlnet} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class XlnetTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/xlnet", "hf/xlnet-mems", "hf/xlnet-qa", "hf/xlnet-qa-search"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
