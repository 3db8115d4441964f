package dev.heed.cli;

import java.io.PrintWriter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ctrl-C (or a plain kill) asks work to come to a good end instead of cutting it off: the JVM's
 * shutdown waits for {@link #exit}, and ends with its code. Only what doesn't come to an end within
 * ten minutes is cut off.
 */
final class Interrupt implements AutoCloseable {
  private static final CompletableFuture<Integer> CODE = new CompletableFuture<>();

  private final String said;
  private final PrintWriter err;
  private final AtomicBoolean asked = new AtomicBoolean();
  private final Thread hook = new Thread(this::ask, "heed-interrupt");

  /**
   * @param said what to say to whoever interrupts
   */
  Interrupt(String said, PrintWriter err) {
    this.said = said;
    this.err = err;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void ask() {
    asked.set(true);
    err.println(said);
    int code = 1;
    try {
      code = CODE.get(10, TimeUnit.MINUTES);
    } catch (TimeoutException | ExecutionException e) {
      err.println("heed: not done after ten minutes, cut off");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(code); // else the code would be the signal's
  }

  /** Whether the work should come to an end. */
  boolean asked() {
    return asked.get();
  }

  /** {@link System#exit}, also where a shutdown waits already. */
  static void exit(int code) {
    CODE.complete(code);
    System.exit(code);
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The hook runs already, and waits for exit().
    }
  }
}
