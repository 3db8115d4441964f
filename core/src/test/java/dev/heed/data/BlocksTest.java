package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class BlocksTest {
  private static final int NO = TokenBatch.IGNORED;
  private static final List<int[]> DOCUMENTS =
      List.of(new int[] {5, 6, 9}, new int[] {9}, new int[] {7, 8, 6, 5, 9});

  @Test
  void packedDocumentsEndWithoutALabel() {
    List<Example> blocks = Blocks.packed(DOCUMENTS, 6);
    assertEquals(2, blocks.size());
    assertArrayEquals(new int[] {5, 6, 9, 9, 7, 8}, blocks.get(0).source());
    assertArrayEquals(new int[] {6, 9, NO, NO, 8, 6}, blocks.get(0).target());
    assertArrayEquals(new int[] {6, 5, 9}, blocks.get(1).source());
    assertArrayEquals(new int[] {5, 9, NO}, blocks.get(1).target());
  }

  @Test
  void positionsBeginAnewWithEachDocumentAndBlock() {
    TokenBatch batch = TokenBatch.of(Blocks.packed(DOCUMENTS, 6), 0);
    assertArrayEquals(
        new int[] {0, 1, 2, 0, 0, 1, 0, 1, 2, 0, 0, 0}, Blocks.positions(batch), "padding too");
  }

  @Test
  void whatIsLeftOfADocumentIsABlockIfItIsLongEnough() {
    List<Example> blocks = Blocks.plain(DOCUMENTS, 2, 2);
    assertEquals(3, blocks.size());
    assertArrayEquals(new int[] {5, 6}, blocks.get(0).source());
    assertArrayEquals(new int[] {6, 5}, blocks.get(2).source());
    assertEquals(6, Blocks.plain(DOCUMENTS, 2, 1).size());
    assertArrayEquals(new int[] {1, 5, 6, 2}, Blocks.framed(1, new int[] {5, 6}, 2));
  }
}
