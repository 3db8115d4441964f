package dev.heed.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/** Counts lines done: a bar with rate and time left on a terminal, else a line every tenth. */
final class LineProgress implements AutoCloseable {
  private final String name;
  private final int total;
  private final PrintWriter err;
  private final ProgressBar bar;
  private final long began = System.nanoTime();
  private int done;
  private int tenths;

  LineProgress(String name, int total, PrintWriter err) {
    this.name = name;
    this.total = total;
    this.err = err;
    this.bar =
        System.console() == null
            ? null
            : new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(total)
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .build();
  }

  void add(int lines) {
    done += lines;
    if (bar != null) {
      bar.stepTo(done);
    } else if (10L * done / total > tenths) {
      tenths = (int) (10L * done / total);
      double rate = done / ((System.nanoTime() - began) / 1e9);
      err.printf("%s: %,d of %,d lines, %.1f a second%n", name, done, total, rate);
    }
  }

  @Override
  public void close() {
    if (bar != null) bar.close();
  }
}
