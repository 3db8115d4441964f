package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BatchesTest {
  private static final int LONGEST = 30;

  @Property(tries = 200)
  void everyEpochHoldsEveryExampleOnceWithinTheBudget(
      @ForAll("corpora") List<Example> examples,
      @ForAll @IntRange(min = LONGEST, max = 200) int budget,
      @ForAll @IntRange(min = 1, max = 50) int pool,
      @ForAll long seed,
      @ForAll @IntRange(max = 5) int epoch) {
    for (Batches batches : both(examples, pool, budget, seed)) {
      List<Bucket> buckets = list(batches.epoch(epoch));
      List<Long> numbers = numbers(buckets).stream().sorted().toList();
      assertEquals(LongStream.rangeClosed(1, examples.size()).boxed().toList(), numbers);
      for (int i = 0; i < buckets.size(); i++) {
        assertEquals(new Position(epoch, i), buckets.get(i).position());
        IdBatch padded = IdBatch.of(buckets.get(i).examples(), 0, 1);
        assertTrue(padded.source().length <= budget);
        assertTrue(padded.labels().length <= budget);
      }
    }
  }

  @Property(tries = 100)
  void orderComesFromSeedAndEpochAloneAndResumingContinuesIt(
      @ForAll("corpora") List<Example> examples,
      @ForAll @IntRange(min = 1, max = 50) int pool,
      @ForAll long seed,
      @ForAll @IntRange(max = 60) int start) {
    int length = start + 20;
    for (int kind = 0; kind < 2; kind++) {
      List<Bucket> whole =
          take(both(examples, pool, 40, seed).get(kind).from(Position.START), length);
      List<Bucket> again =
          take(both(examples, pool, 40, seed).get(kind).from(Position.START), length);
      assertEquals(numbers(whole), numbers(again));
      // From the batch itself, and from behind the batch before it, be that an epoch's last.
      List<Position> positions = new ArrayList<>(List.of(whole.get(start).position()));
      if (start > 0) positions.add(whole.get(start - 1).position().next());
      for (Position position : positions) {
        List<Bucket> rest = take(both(examples, pool, 40, seed).get(kind).from(position), 20);
        assertEquals(numbers(whole.subList(start, length)), numbers(rest));
        assertEquals(whole.get(start).position(), rest.get(0).position());
      }
    }
  }

  @Test
  void seedsAndEpochsHaveOrdersOfTheirOwn() {
    List<Example> examples = captionLike(2000);
    for (int kind = 0; kind < 2; kind++) {
      var first = numbers(list(both(examples, 500, 256, 1).get(kind).epoch(0)));
      assertNotEquals(first, numbers(list(both(examples, 500, 256, 1).get(kind).epoch(1))));
      assertNotEquals(first, numbers(list(both(examples, 500, 256, 2).get(kind).epoch(0))));
    }
  }

  @Test
  void companyInABatchChangesFromEpochToEpoch() {
    Batches batches = Batches.of(captionLike(5000), 512, 3);
    assertNotEquals(sets(batches, 0), sets(batches, 1));
  }

  @Test
  void captionsLeaveHardlyAnyPadding() {
    List<Example> examples = captionLike(29_000);
    for (int budget : List.of(1024, 4096)) {
      double share = realShare(list(Batches.of(examples, budget, 1).epoch(0)));
      assertTrue(share >= 0.95, budget + ": " + share);
    }
    var streamed = Batches.streaming(examples, 10_000, 1024, 1);
    double share = realShare(list(streamed.epoch(0)));
    assertTrue(share >= 0.95, "streamed: " + share);
  }

  @Test
  void anExampleOverTheBudgetIsNamedWithWhatItNeeds() {
    List<Example> examples = List.of(example(1, 5, 5), example(2, 3, 17), example(3, 16, 2));
    var message =
        assertThrows(UserError.class, () -> list(Batches.of(examples, 16, 1).epoch(0)))
            .getMessage();
    for (String part : List.of("example 2 ", "3 source and 17 target", "budget of 16", "to 17"))
      assertTrue(message.contains(part), message);
    assertEquals(3, numbers(list(Batches.of(examples, 17, 1).epoch(0))).size());
  }

  @Test
  void senselessSettingsAndPositionsAreRefused() {
    List<Example> examples = captionLike(10);
    assertThrows(UserError.class, () -> Batches.of(examples, 0, 1));
    assertThrows(UserError.class, () -> Batches.streaming(examples, 0, 10, 1));
    Batches batches = Batches.of(examples, 4096, 1);
    assertEquals(new Position(1, 0), batches.from(new Position(0, 1)).next().position());
    var error = assertThrows(UserError.class, () -> batches.from(new Position(0, 2)));
    assertTrue(error.getMessage().contains("epoch 0 has 1 batches"), error.getMessage());
    assertThrows(UserError.class, () -> Batches.of(List.of(), 10, 1).from(Position.START).next());
    assertThrows(IllegalArgumentException.class, () -> new Position(0, -1));
  }

  @Test
  void closingReachesTheStream() {
    List<String> closed = new ArrayList<>();
    List<Example> examples = captionLike(10);
    Iterable<Example> stream =
        () ->
            new Cursor<>() {
              private final Cursor<Example> all = Cursor.of(examples.iterator());

              @Override
              public boolean hasNext() {
                return all.hasNext();
              }

              @Override
              public Example next() {
                return all.next();
              }

              @Override
              public void close() {
                closed.add("closed");
              }
            };
    Cursor<Bucket> buckets = Batches.streaming(stream, 5, 4096, 1).from(Position.START);
    assertFalse(buckets.next().examples().isEmpty());
    buckets.close();
    assertEquals(List.of("closed"), closed);
  }

  @Provide
  Arbitrary<List<Example>> corpora() {
    Arbitrary<Integer> length = Arbitraries.integers().between(1, LONGEST);
    return Combinators.combine(length, length)
        .as((s, t) -> new int[] {s, t})
        .list()
        .ofMinSize(1)
        .ofMaxSize(120)
        .map(
            lengths ->
                IntStream.range(0, lengths.size())
                    .mapToObj(i -> example(i + 1, lengths.get(i)[0], lengths.get(i)[1]))
                    .toList());
  }

  private static List<Batches> both(List<Example> examples, int pool, int budget, long seed) {
    return List.of(
        Batches.of(examples, budget, seed), Batches.streaming(examples, pool, budget, seed));
  }

  /** Log-normal lengths that agree between the sides as those of captions and translations do. */
  private static List<Example> captionLike(int count) {
    Random random = new Random(5);
    List<Example> examples = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      double a = random.nextGaussian();
      double b = 0.8 * a + 0.6 * random.nextGaussian();
      int source = Math.max(3, (int) Math.round(Math.exp(2.55 + 0.30 * a)));
      int target = Math.max(3, (int) Math.round(Math.exp(2.50 + 0.33 * b)));
      examples.add(example(i, source, target));
    }
    return examples;
  }

  private static Example example(long number, int source, int target) {
    return new Example(new int[source], new int[target], number);
  }

  private static double realShare(List<Bucket> buckets) {
    long real = 0;
    long padded = 0;
    for (Bucket bucket : buckets) {
      IdBatch batch = IdBatch.of(bucket.examples(), 0, 1);
      real += batch.sourceTokens() + batch.targetTokens();
      padded += batch.source().length + batch.labels().length;
    }
    return (double) real / padded;
  }

  private static List<List<Long>> sets(Batches batches, int epoch) {
    return list(batches.epoch(epoch)).stream()
        .map(b -> b.examples().stream().map(Example::number).sorted().toList())
        .sorted((a, b) -> Long.compare(a.get(0), b.get(0)))
        .toList();
  }

  private static List<Long> numbers(List<Bucket> buckets) {
    return buckets.stream().flatMap(b -> b.examples().stream()).map(Example::number).toList();
  }

  private static List<Bucket> list(Cursor<Bucket> cursor) {
    List<Bucket> all = new ArrayList<>();
    cursor.forEachRemaining(all::add);
    return all;
  }

  private static List<Bucket> take(Cursor<Bucket> cursor, int count) {
    List<Bucket> all = new ArrayList<>();
    while (all.size() < count) all.add(cursor.next());
    return all;
  }
}
