package dev.heed.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestTest {
  private static final List<String> KNOWN =
      List.of("train", "translate", "warmupSteps", "lr", "dim", "heads");

  @ParameterizedTest
  @CsvSource({
    "trian, train", "tran, train", "translat, translate", "TRAIN, train",
        "warmup_steps, warmupSteps",
    "warmup, warmupSteps", "warmupStepsTotal, warmupSteps", "rl, lr", "headz, heads", "dimm, dim"
  })
  void theNearestIsFound(String word, String nearest) {
    assertEquals(Optional.of(nearest), Suggest.nearest(word, KNOWN));
  }

  @ParameterizedTest
  @CsvSource({"zebra", "x", "abc", "''", "tokenizer"})
  void nothingNearIsNothing(String word) {
    assertEquals(Optional.empty(), Suggest.nearest(word, KNOWN));
  }

  @Test
  void ofEquallyNearTheFirstIsTaken() {
    assertEquals(Optional.of("bat"), Suggest.nearest("cat", List.of("bat", "hat")));
  }
}
