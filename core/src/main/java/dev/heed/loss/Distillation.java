package dev.heed.loss;

import dev.heed.tensor.Tensor;

/**
 * Learning from a teacher (Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural
 * Network", §2, arXiv:1503.02531): with q the teacher's and r the student's softmax at temperature
 * τ,
 *
 * <pre>loss = w τ² Σ q (log q − log r) + (1 − w) · cross-entropy</pre>
 *
 * <p>τ² makes up for gradients that shrink as 1/τ².
 *
 * @param temperature τ, above 0
 * @param weight w, of the teacher's part, in [0, 1]
 */
public record Distillation(double temperature, double weight) {
  /**
   * @throws IllegalArgumentException if a number makes no sense
   */
  public Distillation {
    if (!(temperature > 0 && Double.isFinite(temperature)))
      throw new IllegalArgumentException("temperature must be above 0, not " + temperature);
    if (!(weight >= 0 && weight <= 1))
      throw new IllegalArgumentException("weight must be from 0 to 1, not " + weight);
  }

  /**
   * @param value what to call {@code backward} on
   * @param teacher τ² times the divergence from the teacher, mean over the labels that count
   * @param crossEntropy likewise
   */
  public record Loss(Tensor value, Tensor teacher, Tensor crossEntropy) {}

  /**
   * @param student logits (…, V)
   * @param teacher logits (…, V), not trained
   * @param labels INT64 (…), {@link CrossEntropy#IGNORED} where neither part counts
   */
  public Loss of(Tensor student, Tensor teacher, Tensor labels) {
    Tensor counts = labels.ne(CrossEntropy.IGNORED).to(student.dtype()); // (…)
    Tensor logQ = teacher.detach().mul(1 / temperature).logSoftmax(-1); // (…, V)
    Tensor logR = student.mul(1 / temperature).logSoftmax(-1); // (…, V)
    Tensor each = logQ.exp().mul(logQ.sub(logR)).sum(-1); // (…)
    Tensor kd = each.mul(counts).sum().div(counts.sum()).mul(temperature * temperature); // ()
    Tensor ce = CrossEntropy.mean(student, labels); // ()
    return new Loss(kd.mul(weight).add(ce, 1 - weight), kd, ce);
  }
}
