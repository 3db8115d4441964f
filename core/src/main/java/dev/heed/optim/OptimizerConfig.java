package dev.heed.optim;

import dev.heed.config.Doc;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Which optimizer, and its numbers; the learning rate is the {@link ScheduleConfig}'s. */
public record OptimizerConfig(
    @Doc(
            "the rule; weight decay is part of the gradient with `adam` and `sgd`, apart from it with `adamw` and `lion`")
        Kind kind,
    @Doc("`adam`, `adamw`, `lion`: how much of the gradients' running mean is kept at each step")
        double beta1,
    @Doc(
            "`adam`, `adamw`: how much of the squared gradients' running mean is kept at each step; `lion`: of the mean that is stored, 0.99 in its paper")
        double beta2,
    @Doc("`adam`, `adamw`: added to the root of the squared gradients' mean") double eps,
    @Doc("weight decay of matrices; biases and norm gains have none, nor has `adafactor`")
        double weightDecay,
    @Doc("no decay either where a parameter's name contains one of these, as in `[source, target]`")
        List<String> undecayed,
    @Doc("`adam`, `adamw`: make up for running means that start at 0; BERT was trained without")
        boolean biasCorrection,
    @Doc("largest Euclidean norm of all gradients together; 0 = no bound") double clip,
    @Doc("`sgd`, `adafactor`: how much of the step before goes into the next; 0 = none")
        double momentum,
    @Doc("`sgd`: look ahead along the momentum (Nesterov)") boolean nesterov,
    @Doc(
            "`adafactor`: steps in proportion to each parameter's size and falling with time; the schedule isn't read then")
        boolean relativeStep,
    @Doc(
            "learning rate of a layer over that of the layer above, for fine-tuning; embeddings count as the lowest layer; 1 = equal rates")
        double layerDecay,
    @Doc("parameters that are trained otherwise: slower, never, or later")
        List<ParameterGroup> groups) {

  public enum Kind {
    ADAM,
    ADAMW,
    SGD,
    LION,
    ADAFACTOR
  }

  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.98;
  private static final double EPS = 1e-9;

  /** The betas and eps of Vaswani et al. 2017, §5.3. */
  public static final OptimizerConfig DEFAULT =
      new OptimizerConfig(Kind.ADAMW, BETA1, BETA2, EPS, 0, List.of(), true, 1);

  /** One rate for all parameters, and no options of kinds other than Adam's. */
  public OptimizerConfig(
      Kind kind,
      double beta1,
      double beta2,
      double eps,
      double weightDecay,
      List<String> undecayed,
      boolean biasCorrection,
      double clip) {
    this(
        kind,
        beta1,
        beta2,
        eps,
        weightDecay,
        undecayed,
        biasCorrection,
        clip,
        0,
        false,
        false,
        1,
        List.of());
  }

  /**
   * @throws IllegalArgumentException if a number makes no sense, or an option that the kind doesn't
   *     have differs from its default
   */
  public OptimizerConfig {
    check(beta1 >= 0 && beta1 < 1, "beta1 must be at least 0 and below 1", beta1);
    check(beta2 >= 0 && beta2 < 1, "beta2 must be at least 0 and below 1", beta2);
    check(eps >= 0 && Double.isFinite(eps), "eps must be at least 0", eps);
    check(
        weightDecay >= 0 && Double.isFinite(weightDecay),
        "weightDecay must be at least 0",
        weightDecay);
    check(clip >= 0 && Double.isFinite(clip), "clip must be at least 0", clip);
    check(momentum >= 0 && momentum < 1, "momentum must be at least 0 and below 1", momentum);
    check(layerDecay > 0 && layerDecay <= 1, "layerDecay must be above 0, at most 1", layerDecay);
    boolean adam = kind == Kind.ADAM || kind == Kind.ADAMW;
    boolean means = adam || kind == Kind.LION;
    only(means || beta1 == BETA1, "beta1", "adam, adamw and lion", kind);
    only(means || beta2 == BETA2, "beta2", "adam, adamw and lion", kind);
    only(adam || eps == EPS, "eps", "adam and adamw", kind);
    only(adam || biasCorrection, "biasCorrection", "adam and adamw", kind);
    only(
        kind != Kind.ADAFACTOR || weightDecay == 0,
        "weightDecay",
        "adam, adamw, sgd and lion",
        kind);
    only(
        momentum == 0 || kind == Kind.SGD || kind == Kind.ADAFACTOR,
        "momentum",
        "sgd and adafactor",
        kind);
    only(!nesterov || kind == Kind.SGD, "nesterov", "sgd", kind);
    only(!relativeStep || kind == Kind.ADAFACTOR, "relativeStep", "adafactor", kind);
    if (nesterov && momentum == 0)
      throw new IllegalArgumentException("nesterov needs a momentum above 0");
    undecayed = List.copyOf(undecayed);
    groups = List.copyOf(groups);
  }

  /**
   * The optimizer of these parameters, of which it holds the running means.
   *
   * @throws dev.heed.config.UserError if a group has no parameter, or nothing would be trained
   */
  public Optimizer create(Map<String, Tensor> parameters) {
    return switch (kind) {
      case ADAM, ADAMW -> new Adam(parameters, this);
      case SGD -> new ByRule(new Sgd(momentum, nesterov), parameters, this);
      case LION -> new ByRule(new Lion(beta1, beta2), parameters, this);
      case ADAFACTOR -> new ByRule(new Adafactor(relativeStep, momentum), parameters, this);
    };
  }

  private static void check(boolean right, String rule, double value) {
    if (!right) throw new IllegalArgumentException(rule + ", not " + value);
  }

  private static void only(boolean right, String option, String kinds, Kind kind) {
    if (!right)
      throw new IllegalArgumentException(
          "%s is an option of %s, not of %s: leave it out"
              .formatted(option, kinds, kind.name().toLowerCase(Locale.ROOT)));
  }
}
