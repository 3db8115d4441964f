package dev.heed.data;

/**
 * A place in training's endless row of batches: the batch numbered {@code batch} (from 0) of the
 * epoch numbered {@code epoch} (from 0).
 */
public record Position(long epoch, long batch) {
  public static final Position START = new Position(0, 0);

  public Position {
    if (epoch < 0 || batch < 0)
      throw new IllegalArgumentException("no batch %d of epoch %d".formatted(batch, epoch));
  }

  /** Where to go on after this batch; {@link Batches#from} takes an epoch's end as the next one. */
  public Position next() {
    return new Position(epoch, batch + 1);
  }
}
