package dev.heed.recipe;

import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.TokenBatch;
import dev.heed.task.Row;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What an encoder reads, and the labels that it should find in it.
 *
 * @param labels of each row, as {@link TokenBatch} has them
 * @param pad the id that fills short rows
 */
record LabelledRows(List<Row> rows, List<int[]> labels, int pad) {
  int size() {
    return rows.size();
  }

  /** Row i as example i + 1. */
  List<Example> examples() {
    return IntStream.range(0, size())
        .mapToObj(i -> new Example(rows.get(i).ids(), labels.get(i), i + 1L))
        .toList();
  }

  TokenBatch batch(Bucket bucket) {
    return TokenBatch.of(
        bucket.examples(), pad, example -> rows.get((int) example.number() - 1).segments());
  }
}
