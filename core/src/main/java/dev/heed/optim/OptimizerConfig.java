package dev.heed.optim;

import dev.heed.config.Doc;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Which optimizer, and its numbers; the learning rate is the {@link ScheduleConfig}'s. */
public record OptimizerConfig(
    @Doc("how weight decay works: within the gradient (`adam`) or apart from it") Kind kind,
    @Doc("how much of the gradients' running mean is kept at each step") double beta1,
    @Doc("how much of the squared gradients' running mean is kept at each step") double beta2,
    @Doc("added to the root of the squared gradients' mean") double eps,
    @Doc("weight decay of matrices; biases and norm gains have none") double weightDecay,
    @Doc("no decay either where a parameter's name contains one of these, as in `[source, target]`")
        List<String> undecayed,
    @Doc("make up for running means that start at 0; BERT was trained without")
        boolean biasCorrection,
    @Doc("largest Euclidean norm of all gradients together; 0 = no bound") double clip) {

  public enum Kind {
    ADAM,
    ADAMW
  }

  /** The betas and eps of Vaswani et al. 2017, §5.3. */
  public static final OptimizerConfig DEFAULT =
      new OptimizerConfig(Kind.ADAMW, 0.9, 0.98, 1e-9, 0, List.of(), true, 1);

  /**
   * @throws IllegalArgumentException if a number makes no sense
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
    undecayed = List.copyOf(undecayed);
  }

  /** The optimizer of these parameters, of which it holds the running means. */
  public Optimizer create(Map<String, Tensor> parameters) {
    return new Adam(parameters, this);
  }

  private static void check(boolean right, String rule, double value) {
    if (!right) throw new IllegalArgumentException(rule + ", not " + value);
  }
}
