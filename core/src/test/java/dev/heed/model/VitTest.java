package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link Vit} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class VitTest {
  @Test
  void equalsHuggingFace() {
    ModelParity.check("hf/vit");
  }
}
