package dev.heed.cli;

import dev.heed.hub.Hub;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Consumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** Shows loading from the hub: a bar with rate and time left on a terminal, else a line a tenth. */
final class HubProgress implements Consumer<Hub.Progress>, AutoCloseable {
  private static final double MB = 1e6;

  private final String model;
  private final PrintWriter err;
  private final boolean terminal = System.console() != null;
  private ProgressBar bar;
  private long tenths;

  HubProgress(String model, PrintWriter err) {
    this.model = model;
    this.err = err;
  }

  @Override
  public void accept(Hub.Progress at) {
    if (terminal) {
      if (bar == null) bar = bar();
      bar.maxHint(at.total());
      bar.stepTo(at.done());
      bar.setExtraMessage(" " + at.file());
    } else if (at.total() > 0 && 10 * at.done() / at.total() != tenths) {
      tenths = 10 * at.done() / at.total();
      err.println(line(at));
    }
  }

  private ProgressBar bar() {
    return new ProgressBarBuilder()
        .setTaskName(model)
        .setUnit("MB", (long) MB)
        .setUpdateIntervalMillis(200)
        .showSpeed()
        .build();
  }

  private String line(Hub.Progress at) {
    return String.format(
        Locale.ROOT,
        "%s: %,.1f of %,.1f MB, %.1f MB/s, %.0f s left (%s)",
        model,
        at.done() / MB,
        at.total() / MB,
        at.bytesPerSecond() / MB,
        at.secondsLeft(),
        at.file());
  }

  @Override
  public void close() {
    if (bar != null) bar.close();
  }
}
