package dev.heed.train;

import dev.heed.data.PairBatch;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.TextModel;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * BERT's two tasks at once: the mean cross-entropy of hidden tokens, plus the mean cross-entropy of
 * whether the second text follows the first (Devlin et al. 2019, appendix A.2).
 *
 * <p>A batch weighs as many hidden tokens as it has, and the second mean is multiplied by that, so
 * that the loss over the weight is the sum of the two means.
 */
public final class NextSentenceObjective implements Objective<PairBatch> {
  private final TextModel model;
  private final Device device;

  public NextSentenceObjective(TextModel model, Device device) {
    this.model = model;
    this.device = device;
  }

  @Override
  public long weight(PairBatch batch) {
    return Math.max(1, batch.tokens().labelled());
  }

  /** The likelihood is that of the hidden tokens alone. */
  @Override
  public Loss loss(PairBatch batch, double divisor) {
    Tensor hidden =
        model.encode(
            Guesses.input(batch.tokens(), Optional.of(batch.segments()), device)); // (B, T, D)
    Guesses guesses = Guesses.of(model, hidden, batch.tokens().labels());
    Tensor logits = model.answer(Task.NEXT_SENTENCE, hidden).to(Dtype.FLOAT32); // (B, 2)
    Tensor follows = Tensor.of(batch.follows(), batch.follows().length).to(device); // (B)
    Tensor order = CrossEntropy.mean(logits, follows).mul(weight(batch)); // ()
    Tensor sum = guesses.sum().add(order);
    return new Loss(sum.mul(1 / divisor), sum.item(), guesses.sum().item());
  }
}
