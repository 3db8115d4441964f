package dev.heed.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.UserError;
import dev.heed.inspect.AttentionMaps.Kind;
import dev.heed.model.Transformer;
import dev.heed.model.Transformer.Config;
import dev.heed.model.Vocabulary;
import dev.heed.tensor.Scope;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttentionMapsTest {
  private static final int YELLOW = 0xFFFDE725; // the colour of the largest weight
  private static final int[] SOURCE = {5, 6, 7, 2, 0, 0}; // pad is 0
  private static final List<String> SOURCE_TOKENS = List.of("▁a", "b", "\n", "</s>", "…", "");
  private static final int[] TARGET = {1, 8, 9};
  private static final List<String> TARGET_TOKENS = List.of("<s>", "x", "a very long token indeed");

  @TempDir Path folder;

  private static AttentionMaps ofTiny() {
    try (Scope scope = Scope.open()) {
      var model = new Transformer(Config.TINY, new Vocabulary(20, 20, 0, 1, 2));
      return AttentionMaps.of(model, SOURCE, SOURCE_TOKENS, TARGET, TARGET_TOKENS);
    }
  }

  @Test
  void jsonHoldsADistributionForEveryQuery() throws IOException {
    Path file = folder.resolve("maps.json");
    ofTiny().toJson(file);
    JsonNode maps = new ObjectMapper().readTree(file.toFile());
    assertEquals("b", maps.at("/source/1").asText());
    assertEquals("<s>", maps.at("/target/0").asText());
    assertDistributions(maps.get("encoder"), 6, 6);
    assertDistributions(maps.get("decoder"), 3, 3);
    assertDistributions(maps.get("cross"), 3, 6);
  }

  private static void assertDistributions(JsonNode layers, int queries, int keys) {
    assertEquals(4, layers.size());
    for (JsonNode heads : layers) {
      assertEquals(4, heads.size());
      for (JsonNode head : heads) {
        assertEquals(queries, head.size());
        for (JsonNode row : head) {
          assertEquals(keys, row.size());
          double sum = 0;
          for (JsonNode weight : row) sum += weight.asDouble();
          assertEquals(1, sum, 1e-5);
        }
      }
    }
  }

  @Test
  void paddingAndTheFutureGetNoWeight() {
    AttentionMaps maps = ofTiny();
    for (Kind kind : List.of(Kind.ENCODER, Kind.CROSS))
      for (float[][][] heads : maps.weights().get(kind))
        for (float[][] head : heads)
          for (float[] row : head)
            assertArrayEquals(new float[] {0, 0}, new float[] {row[4], row[5]});
    for (float[][][] heads : maps.weights().get(Kind.DECODER))
      for (float[][] head : heads)
        for (int q = 0; q < 3; q++) for (int k = q + 1; k < 3; k++) assertEquals(0, head[q][k]);
  }

  @Test
  void dropoutIsOffAndAnotherPassOfTheModelChangesNothing() {
    try (Scope scope = Scope.open()) {
      var model = new Transformer(Config.TINY, new Vocabulary(20, 20, 0, 1, 2));
      var first = AttentionMaps.of(model, SOURCE, SOURCE_TOKENS, TARGET, TARGET_TOKENS);
      var second = AttentionMaps.of(model, SOURCE, SOURCE_TOKENS, TARGET, TARGET_TOKENS);
      for (Kind kind : Kind.values()) {
        assertEquals(4, first.weights().get(kind).length);
        assertArrayEquals(first.weights().get(kind), second.weights().get(kind));
      }
    }
  }

  @Test
  void theMeanOfAllHeadsIsADistributionToo() {
    AttentionMaps maps = ofTiny();
    for (float[] row : maps.mean(Kind.CROSS, 3)) {
      double sum = 0;
      for (float weight : row) sum += weight;
      assertEquals(1, sum, 1e-5);
    }
    assertEquals(
        (maps.weights().get(Kind.CROSS)[3][0][1][2]
                + maps.weights().get(Kind.CROSS)[3][1][1][2]
                + maps.weights().get(Kind.CROSS)[3][2][1][2]
                + maps.weights().get(Kind.CROSS)[3][3][1][2])
            / 4,
        maps.mean(Kind.CROSS, 3)[1][2],
        1e-6);
  }

  @Test
  void eachTokenNeedsAName() {
    try (Scope scope = Scope.open()) {
      var model = new Transformer(Config.TINY, new Vocabulary(20, 20, 0, 1, 2));
      assertThrows(
          IllegalArgumentException.class,
          () -> AttentionMaps.of(model, SOURCE, List.of("a"), TARGET, TARGET_TOKENS));
      assertThrows(
          IllegalArgumentException.class,
          () -> AttentionMaps.of(model, SOURCE, SOURCE_TOKENS, new int[0], List.of()));
    }
  }

  @Test
  void aLargeMapShowsEachWeightWhereItBelongs() throws IOException {
    Path file = folder.resolve("deep/single.png");
    diagonal(40).single(Kind.CROSS, 1, 0, file);
    BufferedImage image = ImageIO.read(file.toFile());
    int cell = 760 / 40;
    int legend = 14; // the top line of its bar
    assertEquals(40 * cell * cell + legend, yellow(image));
    assertTrue(image.getWidth() > 40 * cell && image.getWidth() < 40 * cell + 250, "width");
    assertTrue(image.getHeight() > 40 * cell && image.getHeight() < 40 * cell + 250, "height");
    assertEquals(0xFFFFFFFF, image.getRGB(0, 0));
  }

  @Test
  void theGridHasAPanelForEachLayerAndHead() throws IOException {
    Path file = folder.resolve("grid.png");
    diagonal(40).grid(Kind.ENCODER, file);
    BufferedImage image = ImageIO.read(file.toFile());
    int cell = 264 / 40;
    assertEquals(2 * 3 * 40 * cell * cell + 14, yellow(image));
    assertTrue(image.getWidth() > 3 * 40 * cell && image.getHeight() > 2 * 40 * cell);
  }

  @Test
  void manyTokensStillMakeAPageOfBoundedSize() throws IOException {
    Path grid = folder.resolve("grid.png");
    Path single = folder.resolve("single.png");
    AttentionMaps maps = diagonal(700);
    maps.grid(Kind.CROSS, grid);
    maps.single(Kind.CROSS, 0, single);
    assertTrue(ImageIO.read(grid.toFile()).getWidth() < 1200);
    assertTrue(ImageIO.read(single.toFile()).getWidth() < 1700);
    assertTrue(yellow(ImageIO.read(grid.toFile())) > 6 * 264, "a thin diagonal must stay visible");
  }

  @Test
  void realWeightsGiveManyColours() throws IOException {
    Path file = folder.resolve("real.png");
    ofTiny().single(Kind.ENCODER, 0, file);
    BufferedImage image = ImageIO.read(file.toFile());
    long colours = pixels(image).distinct().count();
    assertTrue(colours > 50, colours + " colours");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsNamed() {
    var error = assertThrows(UserError.class, () -> diagonal(3).grid(Kind.CROSS, folder));
    assertTrue(error.getMessage().contains(folder.toString()), error.getMessage());
  }

  /** Two layers of three heads in which each query attends to the key of its own position. */
  private static AttentionMaps diagonal(int tokens) {
    float[][][][] weights = new float[2][3][tokens][tokens];
    for (float[][][] heads : weights)
      for (float[][] head : heads) for (int i = 0; i < tokens; i++) head[i][i] = 1;
    Map<Kind, float[][][][]> all = new HashMap<>();
    for (Kind kind : Kind.values()) all.put(kind, weights);
    List<String> names = IntStream.range(0, tokens).mapToObj(i -> "t" + i).toList();
    return new AttentionMaps(names, names, all);
  }

  private static long yellow(BufferedImage image) {
    return pixels(image).filter(rgb -> rgb == YELLOW).count();
  }

  private static IntStream pixels(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    return IntStream.of(image.getRGB(0, 0, width, height, null, 0, width));
  }
}
