package dev.heed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.heed.inspect.ParityCheck;
import dev.heed.tensor.Device;
import java.util.List;

/** A model folder of Hugging Face's, held to its own numbers. */
public final class ModelParity {
  private ModelParity() {}

  /**
   * @param subject such as {@code "hf/bert-cls"}
   */
  public static void check(String subject) {
    List<ParityCheck.Result> results = ParityCheck.of(Fixtures.folder(subject), Device.CPU);
    assertFalse(results.isEmpty(), subject + " has outputs");
    assertEquals(List.of(), results.stream().filter(result -> !result.passes()).toList(), subject);
  }
}
