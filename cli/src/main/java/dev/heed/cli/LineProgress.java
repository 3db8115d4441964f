package dev.heed.cli;

import java.io.PrintWriter;
import java.util.OptionalLong;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/**
 * Counts lines done: a bar with rate and time left on a terminal, else a line every tenth, or every
 * thousand lines of a stream.
 */
final class LineProgress implements AutoCloseable {
  private final String name;
  private final OptionalLong total;
  private final PrintWriter err;
  private final ProgressBar bar;
  private final long began = System.nanoTime();
  private long done;
  private long steps;

  LineProgress(String name, OptionalLong total, PrintWriter err) {
    this.name = name;
    this.total = total;
    this.err = err;
    this.bar =
        System.console() == null
            ? null
            : new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(total.orElse(-1)) // -1 is a bar without end
                .setUpdateIntervalMillis(200)
                .showSpeed()
                .build();
  }

  void add(int lines) {
    done += lines;
    long reached = total.isPresent() ? 10 * done / total.getAsLong() : done / 1000;
    if (bar != null) {
      bar.stepTo(done);
    } else if (reached > steps) {
      steps = reached;
      double rate = done / ((System.nanoTime() - began) / 1e9);
      String of = total.isPresent() ? " of %,d".formatted(total.getAsLong()) : "";
      err.printf("%s: %,d%s lines, %.1f a second%n", name, done, of, rate);
    }
  }

  @Override
  public void close() {
    if (bar != null) bar.close();
  }
}
