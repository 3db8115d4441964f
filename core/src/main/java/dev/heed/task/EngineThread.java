package dev.heed.task;

import dev.heed.config.UserError;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * The one thread on which a model runs, whoever calls: the engine keeps a team of workers for every
 * thread that calls it.
 */
final class EngineThread implements AutoCloseable {
  private final String user;
  private final ExecutorService executor;

  /**
   * @param user what runs on it, for messages: {@code translator}
   */
  EngineThread(String user) {
    this.user = user;
    this.executor =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread thread = new Thread(work, "heed-" + user);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * What {@code work} gives, once it's done.
   *
   * @throws RuntimeException what {@code work} throws
   * @throws UserError if the calling thread is interrupted
   * @throws IllegalStateException if this is closed
   */
  <T> T run(Callable<T> work) {
    try {
      return executor.submit(work).get();
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("this %s is closed: load another".formatted(user), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("the %s was interrupted".formatted(user), e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) throw failure;
      if (e.getCause() instanceof Error failure) throw failure;
      throw new IllegalStateException(e.getCause());
    }
  }

  /** As {@link #close()}, after a last piece of work. */
  void close(Runnable last) {
    if (!executor.isShutdown()) executor.execute(last);
    close();
  }

  /** Takes no more work; what other threads asked for before is still done. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
