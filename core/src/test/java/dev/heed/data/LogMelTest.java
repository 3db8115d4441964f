package dev.heed.data;

import static dev.heed.OracleCases.assertClose;

import dev.heed.OracleCases;
import dev.heed.OracleCases.Case;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link LogMel} against Hugging Face's WhisperFeatureExtractor, which counts in float32. */
final class LogMelTest {
  static List<Case> cases() {
    return OracleCases.of("hf/preprocessing_audio");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsHuggingFace(Case fixture) {
    long[] s = fixture.in("settings").toLongs(); // bands, rate, hop, seconds, window
    LogMel logMel = new LogMel((int) s[0], (int) s[1], (int) s[2], (int) s[3], (int) s[4]);
    float[] samples = fixture.in("samples").toFloats();
    var features = logMel.features(List.of(samples, new float[1])).select(0, 0);
    assertClose("features", fixture.out("features"), features, 0, 1e-4);
  }
}
