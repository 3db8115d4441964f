package dev.heed.data;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * Examples in batches that are bounded by tokens, not rows: every batch's padded source (rows ×
 * longest source) and padded target (rows × longest target) are each at most the budget, as
 * fairseq's {@code --max-tokens} means it.
 *
 * <p>An epoch goes through its examples in pools; each pool is sorted by length, cut into batches,
 * and its batches are shuffled. Every epoch has an order of its own, and the order depends on the
 * seed, the epoch and the data alone, so a {@link Position} is all that resuming needs.
 */
public final class Batches {
  /** Large enough that hardly any padding is left, small enough to stay random. */
  private static final int MEMORY_POOL = 100_000;

  /** The examples of an epoch in the order in which they fill the pools. */
  private interface Stream {
    Cursor<Example> open(long epoch);
  }

  private final Stream stream;
  private final int pool;
  private final int budget;
  private final long seed;

  private Batches(Stream stream, int pool, int budget, long seed) {
    if (budget < 1) throw new UserError("the token budget is " + budget + "; set it to 1 or more");
    if (pool < 1) throw new UserError("the shuffle pool is " + pool + "; set it to 1 or more");
    this.stream = stream;
    this.pool = pool;
    this.budget = budget;
    this.seed = seed;
  }

  /**
   * Batches of examples in memory, shuffled as a whole in every epoch.
   *
   * @param budget most padded tokens of a batch's source, and of its target
   */
  public static Batches of(List<Example> examples, int budget, long seed) {
    List<Example> copy = List.copyOf(examples);
    Stream shuffled =
        epoch -> {
          List<Example> order = new ArrayList<>(copy);
          Collections.shuffle(order, Seeds.random(seed, epoch));
          return Cursor.of(order.iterator());
        };
    return new Batches(shuffled, MEMORY_POOL, budget, seed);
  }

  /**
   * Batches of examples that are read anew in every epoch and of which one pool is held in memory.
   * Shuffling goes no farther than a pool, so a file that is sorted by subject should be shuffled
   * before. Resuming reads again what it skips.
   *
   * @param pool examples held at once
   * @param budget most padded tokens of a batch's source, and of its target
   */
  public static Batches streaming(Iterable<Example> examples, int pool, int budget, long seed) {
    return new Batches(epoch -> Cursor.of(examples.iterator()), pool, budget, seed);
  }

  /**
   * The batches of one epoch.
   *
   * @throws UserError from the cursor, if an example alone is over the budget: it is named
   */
  public Cursor<Bucket> epoch(long epoch) {
    return new Epoch(epoch);
  }

  /**
   * The batches from a position on, epoch after epoch without end: exactly those that follow when
   * the row is drawn from {@link Position#START}.
   *
   * @throws UserError if the epoch has fewer batches than the position says, so that the data or
   *     the settings can't be those of the run that is to be resumed; from the cursor, if an epoch
   *     has no examples, or one alone is over the budget
   */
  public Cursor<Bucket> from(Position position) {
    return new Endless(position);
  }

  private final class Epoch implements Cursor<Bucket> {
    private final long epoch;
    private final Cursor<Example> examples;
    private Iterator<List<Example>> batches = Collections.emptyIterator();
    private long pools;
    private long drawn;

    Epoch(long epoch) {
      this.epoch = epoch;
      this.examples = stream.open(epoch);
    }

    @Override
    public boolean hasNext() {
      if (!batches.hasNext() && examples.hasNext()) {
        List<Example> filled = new ArrayList<>();
        while (filled.size() < pool && examples.hasNext()) filled.add(examples.next());
        batches = Buckets.cut(filled, budget, Seeds.random(seed, epoch, pools++)).iterator();
      }
      return batches.hasNext();
    }

    @Override
    public Bucket next() {
      if (!hasNext()) throw new NoSuchElementException();
      return new Bucket(new Position(epoch, drawn++), batches.next());
    }

    @Override
    public void close() {
      examples.close();
    }
  }

  private final class Endless implements Cursor<Bucket> {
    private Epoch current;

    Endless(Position start) {
      current = new Epoch(start.epoch());
      for (long skipped = 0; skipped < start.batch(); skipped++) {
        if (!current.hasNext())
          throw new UserError( // at its end, so nothing is held open
              "epoch %d has %d batches, so batch %d can't be resumed from; resume with the data, seed and budget of the first run"
                  .formatted(start.epoch(), skipped, start.batch()));
        current.next();
      }
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public Bucket next() {
      if (!current.hasNext()) current = new Epoch(current.epoch + 1);
      if (!current.hasNext())
        throw new UserError(
            "no example is left to train on; check the corpus and the length limits");
      return current.next();
    }

    @Override
    public void close() {
      current.close();
    }
  }
}
