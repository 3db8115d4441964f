package dev.heed.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurvesTest {
  private static final int BLUE = 0xFF0072B2;
  private static final int ORANGE = 0xFFD55E00;

  @TempDir Path folder;

  private record Step(long step, double loss, double lr) {}

  @Test
  void takesEveryNumberAndPassesOverTheRest() throws IOException {
    Path metrics = folder.resolve("metrics.jsonl");
    Files.writeString(
        metrics,
        """
        {"step": 10, "loss": 5.5, "lr": 1e-4, "note": "warm", "nested": {"loss": 1}}
        {"step": 20, "loss": NaN, "lr": 2e-4}

        {"event": "restart"}
        {"step": 20, "loss": 4.5}
        [1, 2]
        {"step": 30, "validLoss": 4.25, "validBleu": null}
        {"step": 40, "lo\
        """);
    Curves curves = Curves.read(metrics);
    assertEquals(Set.of("step", "loss", "lr", "validLoss"), curves.series().keySet());
    assertEquals(Map.of(10L, 5.5, 20L, 4.5), curves.series().get("loss"));
    assertEquals(Map.of(30L, 4.25), curves.series().get("validLoss"));
  }

  @Test
  void aMissingFileIsNamed() {
    Path absent = folder.resolve("absent.jsonl");
    var error = assertThrows(UserError.class, () -> Curves.read(absent));
    assertTrue(error.getMessage().contains("absent.jsonl"), error.getMessage());
  }

  @Test
  void theLastValueOfARepeatedStepCounts() {
    var curves = Curves.of(List.of(new Step(1, 9, 1), new Step(2, 8, 1), new Step(2, 7, 1)));
    assertEquals(Map.of(1L, 9.0, 2L, 7.0), curves.series().get("loss"));
  }

  @Test
  void drawsOnePanelForEachQuantityThatIsThere() throws IOException {
    assertEquals(330, drawn(List.of(Map.of("step", 1, "loss", 2.0))).getHeight());
    BufferedImage page =
        drawn(
            IntStream.range(0, 200)
                .mapToObj(
                    i ->
                        Map.of(
                            "step",
                            10 * i,
                            "loss",
                            5.0 - i / 100.0,
                            "validLoss",
                            5.5 - i / 100.0,
                            "validBleu",
                            i / 10.0,
                            "lr",
                            1e-6 * i,
                            "gradNorm",
                            1.0))
                .toList());
    assertEquals(1100, page.getWidth());
    assertEquals(3 * 330, page.getHeight());
    for (int panel = 0; panel < 3; panel++)
      assertTrue(count(page, BLUE, panel) > 500, "no curve in panel " + panel);
    assertTrue(count(page, ORANGE, 0) > 500, "no validation loss");
    assertEquals(0, count(page, ORANGE, 1));
  }

  @Test
  void flatAndConstantSeriesCanBeDrawn() throws IOException {
    BufferedImage page = drawn(List.of(new Step(5, 0, 0), new Step(6, 0, 0), new Step(7, 0, 0)));
    assertEquals(2 * 330, page.getHeight());
    assertTrue(count(page, BLUE, 1) > 100);
  }

  @Test
  void drawingAgainReplacesThePicture() throws IOException {
    drawn(List.of(new Step(1, 3, 1e-3)));
    assertEquals(2 * 330, drawn(List.of(new Step(1, 3, 1e-3), new Step(2, 2, 1e-3))).getHeight());
    try (var files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("curves.png")), files.toList());
    }
  }

  @Test
  void nothingToDrawIsAnErrorThatSaysSo() {
    var error =
        assertThrows(
            UserError.class,
            () -> Curves.of(List.of(Map.of("loss", 1.0))).png(folder.resolve("curves.png")));
    assertTrue(error.getMessage().contains("step"), error.getMessage());
  }

  @Test
  void smoothingKeepsAStraightLineAndEvensOutNoise() {
    double[] line = IntStream.range(0, 400).mapToDouble(i -> 7 - i).toArray();
    double[] smooth = CurvePanel.smoothed(line);
    for (int i = 0; i < 396; i++) assertEquals(line[i], smooth[i], 1e-9); // no lag
    assertArrayEquals(new double[] {4, 4, 4}, CurvePanel.smoothed(new double[] {4, 4, 4}));
    double[] zigzag = IntStream.range(0, 1000).mapToDouble(i -> i % 2).toArray();
    assertEquals(0.5, CurvePanel.smoothed(zigzag)[500], 0.05);
    assertEquals(0.5, CurvePanel.smoothed(zigzag)[999], 0.05);
  }

  private BufferedImage drawn(List<?> records) throws IOException {
    Path file = folder.resolve("curves.png");
    Curves.of(records).png(file);
    return ImageIO.read(file.toFile());
  }

  /** Pixels of a colour in one panel of the page. */
  private static long count(BufferedImage page, int colour, int panel) {
    int[] rgb = page.getRGB(0, panel * 330, page.getWidth(), 330, null, 0, page.getWidth());
    return IntStream.of(rgb).filter(pixel -> pixel == colour).count();
  }
}
