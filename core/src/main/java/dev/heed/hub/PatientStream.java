package dev.heed.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A stream whose sender may not stall: a read that nothing comes of in time fails. */
final class PatientStream extends FilterInputStream {
  private static final ScheduledThreadPoolExecutor CLOCK = clock();

  private final Duration patience;
  private volatile boolean stalled;

  PatientStream(InputStream in, Duration patience) {
    super(in);
    this.patience = patience;
  }

  private static ScheduledThreadPoolExecutor clock() {
    var clock =
        new ScheduledThreadPoolExecutor(
            1,
            run -> {
              Thread thread = new Thread(run, "heed-hub-clock");
              thread.setDaemon(true);
              return thread;
            });
    clock.setRemoveOnCancelPolicy(true);
    return clock;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    Future<?> alarm = CLOCK.schedule(this::giveUp, patience.toMillis(), TimeUnit.MILLISECONDS);
    try {
      int read = in.read(bytes, from, length);
      if (!stalled) return read;
    } catch (IOException e) {
      if (!stalled) throw e;
    } finally {
      alarm.cancel(false);
    }
    throw new IOException("nothing came for " + patience.toSeconds() + " seconds");
  }

  /** Closing a stream ends a read that waits on another thread. */
  private void giveUp() {
    stalled = true;
    try {
      in.close();
    } catch (IOException e) {
      // the read fails all the same
    }
  }
}
