package dev.heed.optim;

/**
 * The learning rate of each step. In the formulas s is the step, W {@code warmup} and T {@code
 * total}, all in updates. Where nothing else is said, lr · s/W for s &lt; W comes first. A record
 * with impossible numbers throws an {@link IllegalArgumentException}.
 */
@FunctionalInterface
public interface Schedule {
  /**
   * The learning rate of one update.
   *
   * @param step the update's number, from 1
   */
  double lr(long step);

  /** lr · D^-½ · min(s^-½, s · W^-1.5) (Vaswani et al. 2017, eq. 3), D the model's size. */
  record Noam(double lr, long warmup, int dim) implements Schedule {
    public Noam {
      rate(lr, 0);
      atLeast("warmup", warmup, 1);
      atLeast("dim", dim, 1);
    }

    @Override
    public double lr(long step) {
      double s = step;
      return lr / Math.sqrt(dim) * Math.min(1 / Math.sqrt(s), s * Math.pow((double) warmup, -1.5));
    }
  }

  /** min + (lr - min) · s/W for s &lt; W, then lr · √(W/s). */
  record InverseSqrt(double lr, long warmup, double min) implements Schedule {
    public InverseSqrt {
      rate(lr, min);
      atLeast("warmup", warmup, 1);
    }

    @Override
    public double lr(long step) {
      return step < warmup
          ? min + (lr - min) * step / warmup
          : lr * Math.sqrt((double) warmup / step);
    }
  }

  /** lr. */
  record ConstantWarmup(double lr, long warmup) implements Schedule {
    public ConstantWarmup {
      rate(lr, 0);
      atLeast("warmup", warmup, 0);
    }

    @Override
    public double lr(long step) {
      return step < warmup ? lr * step / warmup : lr;
    }
  }

  /** min + (lr - min) · (1 - min(1, (s - W)/(T - W)))^power; linear with power 1. */
  record Polynomial(double lr, long warmup, long total, double min, double power)
      implements Schedule {
    public Polynomial {
      rate(lr, min);
      span(warmup, total);
      if (!(power > 0))
        throw new IllegalArgumentException("power must be above 0, not %s".formatted(power));
    }

    @Override
    public double lr(long step) {
      if (step < warmup) return lr * step / warmup;
      return min + (lr - min) * Math.pow(1 - progress(step, warmup, total), power);
    }
  }

  /** min + (lr - min) · (1 + cos(π · min(1, (s - W)/(T - W))))/2. */
  record Cosine(double lr, long warmup, long total, double min) implements Schedule {
    public Cosine {
      rate(lr, min);
      span(warmup, total);
    }

    @Override
    public double lr(long step) {
      return step < warmup ? lr * step / warmup : cosine(lr, min, progress(step, warmup, total));
    }
  }

  /** {@link Cosine} to 0, {@code cycles} times, each from {@code lr}; 0 from T on. */
  record CosineHardRestarts(double lr, long warmup, long total, int cycles) implements Schedule {
    public CosineHardRestarts {
      rate(lr, 0);
      span(warmup, total);
      atLeast("cycles", cycles, 1);
    }

    @Override
    public double lr(long step) {
      if (step < warmup) return lr * step / warmup;
      return step < total ? cosine(lr, 0, cycles * progress(step, warmup, total) % 1) : 0;
    }
  }

  /**
   * min + (lr - min) · (1 + cos(π r/Tᵢ))/2, with r the updates done since the last restart and
   * periods Tᵢ = {@code period · growth}ⁱ; no warm-up (Loshchilov and Hutter 2017, eq. 5).
   */
  record Sgdr(double lr, double min, long period, int growth) implements Schedule {
    public Sgdr {
      rate(lr, min);
      atLeast("period", period, 1);
      atLeast("growth", growth, 1);
    }

    @Override
    public double lr(long step) {
      long since = step - 1;
      long current = period;
      if (growth == 1) since %= period;
      while (since >= current) {
        since -= current;
        current *= growth;
      }
      return cosine(lr, min, (double) since / current);
    }
  }

  /** How much of the way from {@code warmup} to {@code total} is done: 1 from there on. */
  private static double progress(long step, long warmup, long total) {
    return Math.min(1, (double) (step - warmup) / (total - warmup));
  }

  private static double cosine(double from, double to, double progress) {
    return to + (from - to) * (1 + Math.cos(Math.PI * progress)) / 2;
  }

  private static void rate(double lr, double min) {
    if (!(lr > 0 && Double.isFinite(lr)))
      throw new IllegalArgumentException("lr must be above 0, not %s".formatted(lr));
    if (!(min >= 0 && min <= lr))
      throw new IllegalArgumentException(
          "min must be from 0 to lr (%s), not %s".formatted(lr, min));
  }

  private static void span(long warmup, long total) {
    atLeast("warmup", warmup, 0);
    if (total <= warmup)
      throw new IllegalArgumentException(
          "total, the step at which this schedule ends, must be above warmup (%d), not %d"
              .formatted(warmup, total));
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least)
      throw new IllegalArgumentException(
          "%s must be at least %d, not %d".formatted(name, least, value));
  }
}
