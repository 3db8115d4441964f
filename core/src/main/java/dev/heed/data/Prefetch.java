package dev.heed.data;

import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Draws from a cursor on a daemon thread of its own, a few items ahead of the consumer, in the
 * cursor's order. What the cursor throws reaches the consumer in its place. For one consumer
 * thread, which closes it; the cursor is closed with it.
 */
public final class Prefetch<T> implements Cursor<T> {
  private sealed interface Message<T> {}

  private record Item<T>(T value) implements Message<T> {}

  private record End<T>(Optional<Throwable> failure) implements Message<T> {}

  private final Cursor<T> source;
  private final BlockingQueue<Message<T>> queue;
  private final Thread thread;
  private Optional<Message<T>> taken = Optional.empty();
  private volatile boolean closed;

  /**
   * Starts drawing at once.
   *
   * @param ahead items held ready, at least 1 (one more is being made meanwhile)
   */
  public Prefetch(Cursor<T> source, int ahead) {
    this.source = source;
    this.queue = new ArrayBlockingQueue<>(ahead);
    this.thread = new Thread(this::produce, "heed-prefetch");
    thread.setDaemon(true);
    thread.start();
  }

  private void produce() {
    try {
      Optional<Throwable> failure = drain();
      // After close() nobody reads; before it, its interrupt ends the wait for a free place.
      if (!closed) queue.put(new End<>(failure));
    } catch (InterruptedException e) {
      // Only close() interrupts, and it asks for just this: to stop.
    }
  }

  private Optional<Throwable> drain() throws InterruptedException {
    try (source) {
      while (!closed && source.hasNext()) queue.put(new Item<>(source.next()));
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      return Optional.of(e);
    }
  }

  /**
   * Waits until the next item or the end is known; what the cursor threw is thrown from here.
   *
   * @throws IllegalStateException after {@link #close()}, or if the waiting thread is interrupted
   */
  @Override
  public boolean hasNext() {
    if (closed) throw new IllegalStateException("the prefetch is closed");
    if (taken.isEmpty()) {
      try {
        taken = Optional.of(queue.take());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while waiting for data", e);
      }
    }
    if (!(taken.get() instanceof End<T> end)) return true;
    if (end.failure().isEmpty()) return false;
    Throwable failure = end.failure().get();
    if (failure instanceof Error error) throw error;
    throw (RuntimeException) failure;
  }

  @Override
  public T next() {
    if (!hasNext() || !(taken.get() instanceof Item<T> item)) throw new NoSuchElementException();
    taken = Optional.empty();
    return item.value();
  }

  /** Stops the thread and returns when it has ended and the cursor is closed. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
