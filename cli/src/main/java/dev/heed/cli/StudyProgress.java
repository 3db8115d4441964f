package dev.heed.cli;

import dev.heed.lab.Row;
import dev.heed.lab.Study;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/**
 * Shows a study: a bar on a terminal, else a line a row, and every half minute what a long one
 * says.
 */
final class StudyProgress implements Study.Progress, AutoCloseable {
  private static final Duration QUIET = Duration.ofSeconds(30);

  private final PrintWriter err;
  private final ProgressBar bar;
  private Instant spoken = Instant.now();

  StudyProgress(String name, PrintWriter err) {
    this.err = err;
    this.bar =
        System.console() == null
            ? null
            : new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(1)
                .setUpdateIntervalMillis(200)
                .build();
  }

  @Override
  public void at(int done, int all, String what) {
    if (bar != null) {
      bar.maxHint(all);
      bar.stepTo(done);
      bar.setExtraMessage(" " + what);
    } else if (spoken.plus(QUIET).isBefore(Instant.now())) {
      say("%d of %d, %s".formatted(done + 1, all, what));
    }
  }

  @Override
  public void measured(Row row) {
    if (bar == null) say(row.words());
  }

  private void say(String line) {
    spoken = Instant.now();
    err.println(line);
  }

  @Override
  public void close() {
    if (bar != null) bar.close();
  }
}
