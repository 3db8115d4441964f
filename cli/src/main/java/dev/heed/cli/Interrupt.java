package dev.heed.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ctrl-C (or a plain kill) asks long work to save and return instead of ending it: the JVM's
 * shutdown waits, at most a minute, for {@link #close}.
 */
final class Interrupt implements AutoCloseable {
  private final AtomicBoolean asked = new AtomicBoolean();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::ask, "heed-interrupt");

  Interrupt() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void ask() {
    asked.set(true);
    try {
      closed.await(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the work should save and return. */
  boolean asked() {
    return asked.get();
  }

  @Override
  public void close() {
    closed.countDown();
    if (!asked.get()) Runtime.getRuntime().removeShutdownHook(hook);
  }
}
