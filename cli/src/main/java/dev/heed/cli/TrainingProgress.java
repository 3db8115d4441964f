package dev.heed.cli;

import dev.heed.train.Journal;
import dev.heed.train.TrainConfig;
import dev.heed.train.TrainState;
import dev.heed.train.Validator;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows a run on a terminal as a bar, elsewhere as a plain line every half minute. */
final class TrainingProgress implements Journal, AutoCloseable {
  private static final double LINE_SECONDS = 30;
  private static final double SMOOTHING = 0.05;

  private final PrintWriter err;
  private final boolean terminal = System.console() != null;
  private ProgressBar bar;
  private TrainConfig config;
  private double loss = Double.NaN;
  private double secondsBefore;
  private double tokensPerSecond = Double.NaN;
  private double printed;

  TrainingProgress(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void start(TrainState state, TrainConfig config) {
    this.config = config;
    secondsBefore = state.seconds();
    printed = state.seconds();
    if (!terminal) return;
    bar =
        new ProgressBarBuilder()
            .setTaskName("training")
            .setInitialMax(1000)
            .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
            .setUpdateIntervalMillis(200)
            .hideEta()
            .build();
  }

  @Override
  public void update(TrainState state, double loss, double nll, double lr, long tokens) {
    double seconds = state.seconds() - secondsBefore;
    secondsBefore = state.seconds();
    this.loss = smooth(this.loss, loss);
    tokensPerSecond = smooth(tokensPerSecond, tokens / seconds);
    if (bar != null) {
      bar.stepTo(Math.round(1000 * done(state)));
      bar.setExtraMessage(line(state));
    } else if (state.seconds() - printed > LINE_SECONDS) {
      printed = state.seconds();
      err.println(line(state));
    }
  }

  @Override
  public void validation(TrainState state, Validator.Result result) {
    secondsBefore = state.seconds();
    String quality =
        Double.isNaN(result.quality())
            ? ""
            : String.format(Locale.ROOT, ", quality %.4g", result.quality());
    String line =
        String.format(
            Locale.ROOT,
            "step %,d: validation loss %.4f, perplexity %.2f%s%s",
            state.step(),
            result.loss(),
            result.perplexity(),
            quality,
            state.sinceBest() == 0 ? " (best)" : "");
    if (bar != null) bar.setExtraMessage(line);
    err.println(bar == null ? line : "\n" + line);
  }

  private String line(TrainState state) {
    double done = done(state);
    String left = done > 0 ? ", " + time(state.seconds() * (1 - done) / done) + " left" : "";
    return String.format(
        Locale.ROOT,
        "step %,d, epoch %d, loss %.3f, %,.0f tokens/s%s",
        state.step(),
        state.next().epoch() + 1,
        loss,
        tokensPerSecond,
        left);
  }

  /** The share of the nearest bound. */
  private double done(TrainState state) {
    double done = 0;
    if (config.steps() > 0) done = (double) state.step() / config.steps();
    if (config.minutes() > 0) done = Math.max(done, state.seconds() / 60 / config.minutes());
    if (config.epochs() > 0) done = Math.max(done, (double) state.next().epoch() / config.epochs());
    return Math.min(1, done);
  }

  private static double smooth(double before, double now) {
    return Double.isNaN(before) ? now : before + SMOOTHING * (now - before);
  }

  private static String time(double seconds) {
    Duration left = Duration.ofSeconds(Math.round(seconds));
    return left.toHours() > 0
        ? String.format("%d:%02d h", left.toHours(), left.toMinutesPart())
        : String.format("%d:%02d min", left.toMinutesPart(), left.toSecondsPart());
  }

  @Override
  public void close() {
    if (bar != null) bar.close();
  }
}
