package dev.heed.tensor;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import org.junit.jupiter.api.Test;

class HostMemoryTest {
  @Test
  void whatIsFreeIsLessThanWhatThereIs() {
    assertTrue(HostMemory.free() > 0);
    assertTrue(HostMemory.free() < HostMemory.total());
  }

  @Test
  void onlyWhatCannotFitIsRefused() {
    assertDoesNotThrow(() -> require(1e6));
    assertDoesNotThrow(() -> require(HostMemory.free() - 1e6));
    String said = assertThrows(UserError.class, () -> require(1L << 60)).getMessage();
    assertTrue(said.startsWith("this needs 1,073,741,824.0 GiB, of "), said);
    assertTrue(said.endsWith(" free: do without"), said);
  }

  private static void require(double bytes) {
    HostMemory.require(bytes, Device.CPU, () -> "this", "do without");
  }

  @Test
  void bytesInWords() {
    assertEquals("512 MiB", HostMemory.say(512 << 20));
    assertEquals("1.5 GiB", HostMemory.say(1.5 * (1 << 30)));
  }
}
