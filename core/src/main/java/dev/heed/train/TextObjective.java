package dev.heed.train;

import dev.heed.data.TokenBatch;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/** Cross-entropy of an encoder's head: of texts' classes, or of tokens'. */
public final class TextObjective implements Objective<TokenBatch> {
  private final TextModel model;
  private final Task task;
  private final double labelSmoothing;
  private final Device device;

  public TextObjective(TextModel model, Task task, double labelSmoothing, Device device) {
    this.model = model;
    this.task = task;
    this.labelSmoothing = labelSmoothing;
    this.device = device;
  }

  @Override
  public long weight(TokenBatch batch) {
    return batch.labelled();
  }

  @Override
  public Loss loss(TokenBatch batch, double divisor) {
    Tensor labels = Tensor.of(batch.labels(), batch.rows(), batch.labelLength()).to(device);
    CrossEntropy.Sums sums =
        CrossEntropy.sums(logits(batch).to(Dtype.FLOAT32), labels, labelSmoothing);
    return new Loss(sums.loss().mul(1 / divisor), sums.loss().item(), sums.nll().item());
  }

  public double labelSmoothing() {
    return labelSmoothing;
  }

  /** The head's scores, (B, L) or (B, T, L). */
  public Tensor logits(TokenBatch batch) {
    Tensor ids = Tensor.of(batch.ids(), batch.rows(), batch.length()).to(device); // (B, T)
    Tensor real = Tensor.of(batch.real(), batch.rows(), batch.length()).to(device); // (B, T)
    TextInput input = new TextInput(ids, Optional.of(real), Optional.empty());
    return model.answer(task, model.encode(input));
  }
}
