package dev.heed.optim;

import dev.heed.config.Doc;

/** Which {@link Schedule}, and its numbers; each kind reads those that its formula has. */
public record ScheduleConfig(
    @Doc("shape of the curve") Kind kind,
    @Doc("highest learning rate; for `noam` its factor, 1 in the paper") double lr,
    @Doc("updates of rising learning rate; `sgdr` has none") long warmup,
    @Doc("update at which `linear`, `polynomial` and the `cosine` kinds end; these need it")
        long total,
    @Doc("where `inverseSqrt` starts, and where `cosine`, `polynomial` and `sgdr` end") double min,
    @Doc("exponent of `polynomial`") double power,
    @Doc("times that `cosineHardRestarts` starts from `lr`") int cycles,
    @Doc("updates before the first restart of `sgdr`") long period,
    @Doc("how many times longer each period of `sgdr` is than the one before") int growth,
    @Doc("the model's size in the formula of `noam`") int dim) {

  public enum Kind {
    INVERSE_SQRT,
    NOAM,
    LINEAR,
    COSINE,
    COSINE_HARD_RESTARTS,
    POLYNOMIAL,
    CONSTANT_WARMUP,
    SGDR
  }

  public static final ScheduleConfig DEFAULT =
      new ScheduleConfig(Kind.INVERSE_SQRT, 5e-4, 4000, 0, 0, 1, 1, 10_000, 2, 512);

  /** Up to a rate that leaves what was learned before in place, and down to nothing. */
  public static final ScheduleConfig FINE_TUNING =
      new ScheduleConfig(Kind.LINEAR, 5e-5, 100, 1000, 0, 1, 1, 10_000, 2, 512);

  /**
   * @throws IllegalArgumentException if the kind's schedule refuses its numbers
   */
  public ScheduleConfig(
      Kind kind,
      double lr,
      long warmup,
      long total,
      double min,
      double power,
      int cycles,
      long period,
      int growth,
      int dim) {
    this.kind = kind;
    this.lr = lr;
    this.warmup = warmup;
    this.total = total;
    this.min = min;
    this.power = power;
    this.cycles = cycles;
    this.period = period;
    this.growth = growth;
    this.dim = dim;
    create(); // which checks
  }

  public Schedule create() {
    return switch (kind) {
      case INVERSE_SQRT -> new Schedule.InverseSqrt(lr, warmup, min);
      case NOAM -> new Schedule.Noam(lr, warmup, dim);
      case LINEAR -> new Schedule.Polynomial(lr, warmup, total, 0, 1);
      case COSINE -> new Schedule.Cosine(lr, warmup, total, min);
      case COSINE_HARD_RESTARTS -> new Schedule.CosineHardRestarts(lr, warmup, total, cycles);
      case POLYNOMIAL -> new Schedule.Polynomial(lr, warmup, total, min, power);
      case CONSTANT_WARMUP -> new Schedule.ConstantWarmup(lr, warmup);
      case SGDR -> new Schedule.Sgdr(lr, min, period, growth);
    };
  }
}
