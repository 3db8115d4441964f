package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link PvtV2} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class PvtV2Test {
  @Test
  void equalsHuggingFace() {
    ModelParity.check("hf/pvt_v2");
  }
}
