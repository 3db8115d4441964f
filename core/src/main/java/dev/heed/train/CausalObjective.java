package dev.heed.train;

import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.data.TokenBatch;
import dev.heed.loss.LinearCrossEntropy;
import dev.heed.model.CausalLm;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;

/** A decoder is scored on the token that follows each token (Radford et al. 2018, eq. 1). */
public final class CausalObjective implements Objective<TokenBatch> {
  private final CausalLm model;
  private final LinearCrossEntropy crossEntropy;
  private final Device device;

  public CausalObjective(CausalLm model, double labelSmoothing, Device device) {
    this.model = model;
    this.crossEntropy = new LinearCrossEntropy(labelSmoothing, TokenBatch.IGNORED);
    this.device = device;
  }

  @Override
  public long weight(TokenBatch batch) {
    return batch.labelled();
  }

  @Override
  public Loss loss(TokenBatch batch, double divisor) {
    Tensor ids = Tensor.of(batch.ids(), batch.rows(), batch.length()).to(device); // (B, T)
    Tensor labels = Tensor.of(batch.labels(), batch.labels().length).to(device); // (B·T)
    // Rows are padded on the right, where no real token looks.
    Tensor hidden = model.decode(ids, Pass.whole(ids, Mask.NONE)); // (B, T, D)
    LinearCrossEntropy.Loss loss =
        crossEntropy.of(
            hidden.view(-1, hidden.size(2)),
            model.outputWeight(),
            model.outputBias(),
            labels,
            divisor);
    return new Loss(loss.value(), loss.sum(), loss.nll());
  }
}
