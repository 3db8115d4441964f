package dev.heed.model;

import dev.heed.ModelParity;
import dev.heed.OneThread;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Bert} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class BertTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "hf/bert-mlm",
        "hf/bert-cls",
        "hf/bert-ner",
        "hf/bert-qa",
        "hf/bert-choice",
        "hf/bert-pretraining"
      })
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }
}
