package dev.heed.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timeouts turn a hang into a failure; nothing here depends on speed. */
@Timeout(60)
class PrefetchTest {
  @Test
  void keepsOrderAndEnds() {
    var source = new Counting(1000, new RuntimeException("unused"), 1001);
    try (var prefetch = new Prefetch<>(source, 3)) {
      List<Integer> all = new ArrayList<>();
      prefetch.forEachRemaining(all::add);
      assertEquals(IntStream.range(0, 1000).boxed().toList(), all);
      assertFalse(prefetch.hasNext());
      assertThrows(NoSuchElementException.class, prefetch::next);
    }
    assertEquals(1, source.closed.get());
  }

  @Test
  void passesExceptionsAndErrorsOnInTheirPlace() {
    for (Throwable thrown : List.of(new IllegalArgumentException("bad"), new AssertionError("x"))) {
      var source = new Counting(10, thrown, 2);
      try (var prefetch = new Prefetch<>(source, 5)) {
        assertEquals(0, prefetch.next());
        assertEquals(1, prefetch.next());
        assertSame(thrown, assertThrows(Throwable.class, prefetch::next));
        assertSame(thrown, assertThrows(Throwable.class, prefetch::hasNext), "and again");
      }
      assertEquals(1, source.closed.get());
    }
  }

  @Test
  void drawsOnItsOwnDaemonThreadAndNoFartherThanAllowed() {
    var source = new Counting(Integer.MAX_VALUE, new RuntimeException("unused"), -1);
    var prefetch = new Prefetch<>(source, 4);
    assertEquals(0, prefetch.next());
    prefetch.close();
    assertTrue(source.thread.isDaemon());
    // One was consumed, four wait, one was being made.
    assertTrue(source.next.get() <= 6, "drawn: " + source.next.get());
  }

  @Test
  void closingEarlyStopsTheThreadAndClosesTheSource() {
    var source = new Counting(Integer.MAX_VALUE, new RuntimeException("unused"), -1);
    var prefetch = new Prefetch<>(source, 2);
    assertEquals(0, prefetch.next());
    prefetch.close();
    assertFalse(source.thread.isAlive());
    assertEquals(1, source.closed.get());
    assertThrows(IllegalStateException.class, prefetch::hasNext);
    prefetch.close();
    assertEquals(1, source.closed.get());
  }

  @Test
  void closingEndsASourceThatWaits() throws InterruptedException {
    var entered = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    var waiting =
        new Counting(10, new RuntimeException("unused"), -1) {
          @Override
          public Integer next() {
            entered.countDown();
            try {
              never.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
            return super.next();
          }
        };
    var prefetch = new Prefetch<>(waiting, 1);
    entered.await();
    prefetch.close();
    assertEquals(1, waiting.closed.get());
  }

  /** 0, 1, 2 … up to a count, throwing in place of one of them. */
  private static class Counting implements Cursor<Integer> {
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    volatile Thread thread = Thread.currentThread();
    private final int count;
    private final Throwable thrown;
    private final int throwAt;

    Counting(int count, Throwable thrown, int throwAt) {
      this.count = count;
      this.thrown = thrown;
      this.throwAt = throwAt;
    }

    @Override
    public boolean hasNext() {
      return next.get() < count;
    }

    @Override
    public Integer next() {
      thread = Thread.currentThread();
      if (next.get() == throwAt) {
        if (thrown instanceof Error error) throw error;
        throw (RuntimeException) thrown;
      }
      return next.getAndIncrement();
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }
}
