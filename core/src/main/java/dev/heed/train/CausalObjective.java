package dev.heed.train;

import dev.heed.attention.Pass;
import dev.heed.data.Blocks;
import dev.heed.data.Mask;
import dev.heed.data.TokenBatch;
import dev.heed.loss.LinearCrossEntropy;
import dev.heed.model.CausalLm;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.Arrays;

/** A decoder is scored on the token that follows each token (Radford et al. 2018, eq. 1). */
public final class CausalObjective implements Objective<TokenBatch> {
  private final CausalLm model;
  private final LinearCrossEntropy crossEntropy;
  private final boolean packed;
  private final Device device;

  /**
   * @param packed whether rows are {@link Blocks#packed} documents, which don't see each other
   */
  public CausalObjective(CausalLm model, double labelSmoothing, boolean packed, Device device) {
    this.model = model;
    this.packed = packed;
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
    Tensor hidden = model.decode(ids, packed ? packed(batch) : Pass.whole(ids, Mask.NONE));
    LinearCrossEntropy.Loss loss =
        crossEntropy.of(
            hidden.reshape(-1, hidden.size(2)), // (B·T, D)
            model.outputWeight(),
            model.outputBias(),
            labels,
            divisor);
    return new Loss(loss.value(), loss.sum(), loss.nll());
  }

  /** Rows are padded on the right, where no real token looks. */
  private Pass packed(TokenBatch batch) {
    int[] positions = Blocks.positions(batch);
    int length = 1 + Arrays.stream(positions).max().orElseThrow();
    return Pass.packed(Tensor.of(positions, batch.rows(), batch.length()).to(device), length);
  }
}
