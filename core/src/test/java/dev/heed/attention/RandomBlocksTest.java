package dev.heed.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** {@link RandomBlocks} against those that Hugging Face's code drew. */
final class RandomBlocksTest {
  @Test
  void equalThoseOfHuggingFace() throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode cases =
        json.readTree(
            Fixtures.folder("oracle/bigbird_random_blocks").resolve("plans.json").toFile());
    assertFalse(cases.isEmpty());
    for (JsonNode plan : cases) {
      int size = plan.get("size").intValue();
      int blocks = plan.get("length").intValue() / size;
      RandomBlocks random =
          new RandomBlocks(
              plan.get("count").intValue(),
              plan.get("longest").intValue(),
              plan.get("seed").intValue());
      int[][][] expected = json.treeToValue(plan.get("blocks"), int[][][].class);
      int[][][] drawn = random.draw(plan.get("heads").intValue(), blocks, size);
      for (int[][] head : drawn) assertArrayEquals(new int[random.count()], head[0]);
      int[][][] inner =
          Arrays.stream(drawn)
              .map(head -> Arrays.copyOfRange(head, 1, blocks - 1))
              .toArray(int[][][]::new);
      assertArrayEquals(expected, inner, "length " + plan.get("length"));
    }
  }
}
