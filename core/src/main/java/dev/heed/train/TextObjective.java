package dev.heed.train;

import dev.heed.data.TokenBatch;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** What one head of an encoder is to learn. */
public final class TextObjective implements Objective<TokenBatch> {
  private final TextModel model;
  private final Task task;
  private final TextLoss loss;
  private final Device device;

  /**
   * @param model on {@code device}
   */
  public TextObjective(TextModel model, Task task, TextLoss loss, Device device) {
    this.model = model;
    this.task = task;
    this.loss = loss;
    this.device = device;
  }

  @Override
  public long weight(TokenBatch batch) {
    return batch.labelled();
  }

  @Override
  public Loss loss(TokenBatch batch, double divisor) {
    return loss(scores(batch), batch, divisor);
  }

  /** The loss of scores that are there already. */
  public Loss loss(Tensor scores, TokenBatch batch, double divisor) {
    CrossEntropy.Sums sums = loss.of(scores, batch);
    return new Loss(sums.loss().mul(1 / divisor), sums.loss().item(), sums.nll().item());
  }

  /** What the head gives, FLOAT32. */
  public Tensor scores(TokenBatch batch) {
    boolean two = Arrays.stream(batch.segments()).anyMatch(segment -> segment != 0);
    TextInput input =
        new TextInput(
            Tensor.of(batch.ids(), batch.rows(), batch.length()).to(device),
            Optional.of(Tensor.of(batch.real(), batch.rows(), batch.length()).to(device)),
            two
                ? Optional.of(Tensor.of(batch.segments(), batch.rows(), batch.length()).to(device))
                : Optional.empty());
    return model.answer(task, model.encode(input)).to(Dtype.FLOAT32);
  }
}
