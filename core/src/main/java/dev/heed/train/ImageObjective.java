package dev.heed.train;

import dev.heed.data.ImageBatch;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.ImageModel;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;

/** Cross-entropy of images' classes. */
public final class ImageObjective implements Objective<ImageBatch> {
  private final ImageModel model;
  private final double labelSmoothing;
  private final Device device;

  public ImageObjective(ImageModel model, double labelSmoothing, Device device) {
    this.model = model;
    this.labelSmoothing = labelSmoothing;
    this.device = device;
  }

  @Override
  public long weight(ImageBatch batch) {
    return batch.rows();
  }

  @Override
  public Loss loss(ImageBatch batch, double divisor) {
    return loss(batch, logits(batch), divisor);
  }

  /** The same, where the scores (B, L) are there already. */
  public Loss loss(ImageBatch batch, Tensor logits, double divisor) {
    Tensor labels = Tensor.of(batch.labels(), batch.rows()).to(device); // (B)
    CrossEntropy.Sums sums = CrossEntropy.sums(logits, labels, labelSmoothing);
    return new Loss(sums.loss().mul(1 / divisor), sums.loss().item(), sums.nll().item());
  }

  /** Scores of the classes, FLOAT32 (B, L). */
  public Tensor logits(ImageBatch batch) {
    return model.logits(Tensor.of(batch.pixels(), batch.shape()).to(device)).to(Dtype.FLOAT32);
  }
}
