package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import org.junit.jupiter.api.Test;

class DecodeConfigTest {
  private static void refused(
      String name, int beam, int nBest, double alpha, int length, double ratio, int extra, int n) {
    var error =
        assertThrows(
            UserError.class,
            () ->
                new DecodeConfig(
                    beam, nBest, LengthPenalty.GNMT, alpha, length, ratio, extra, n, true));
    assertTrue(error.getMessage().startsWith(name + " must"), error.getMessage());
  }

  @Test
  void refusesWhatIsOutOfRange() {
    refused("beam", 0, 1, 1, 9, 1, 5, 0);
    refused("nBest", 4, 0, 1, 9, 1, 5, 0);
    refused("nBest", 4, 5, 1, 9, 1, 5, 0);
    refused("alpha", 4, 1, -1e4, 9, 1, 5, 0);
    refused("alpha", 4, 1, Double.NaN, 9, 1, 5, 0);
    refused("maxLength", 4, 1, 1, 0, 1, 5, 0);
    refused("maxRatio", 4, 1, 1, 9, -1, 5, 0);
    refused("maxExtra", 4, 1, 1, 9, 1, -1, 0);
    refused("noRepeatNgram", 4, 1, 1, 9, 1, 5, -1);
  }

  @Test
  void lengthsFollowTheSource() {
    var config = new DecodeConfig(4, 1, LengthPenalty.NONE, 0, 40, 1.5, 5, 0, true);
    assertArrayEquals(new int[] {5, 9, 35, 40}, config.maxLengths(new int[] {0, 3, 20, 1000}));
    var tight = new DecodeConfig(4, 1, LengthPenalty.NONE, 0, 40, 0.1, 0, 0, true);
    assertArrayEquals(new int[] {1, 2}, tight.maxLengths(new int[] {3, 20}));
  }

  @Test
  void penaltiesAreThePublishedOnes() {
    assertEquals(1, LengthPenalty.NONE.of(7, 0.6));
    assertEquals(Math.pow(2, 0.6), LengthPenalty.GNMT.of(7, 0.6), 1e-12);
    assertEquals(7, LengthPenalty.PLAIN.of(7, 1), 1e-12);
  }

  @Test
  void everyComponentIsDocumented() {
    for (var component : DecodeConfig.class.getRecordComponents())
      assertTrue(component.isAnnotationPresent(Doc.class), component.getName());
  }
}
