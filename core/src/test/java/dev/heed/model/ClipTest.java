package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link Clip} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class ClipTest {
  @Test
  void equalsHuggingFace() {
    ModelParity.check("hf/clip");
  }
}
