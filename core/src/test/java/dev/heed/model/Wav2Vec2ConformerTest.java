package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link Wav2Vec2Conformer} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class Wav2Vec2ConformerTest {
  @Test
  void equalsHuggingFace() {
    ModelParity.check("hf/wav2vec2_conformer");
  }
}
