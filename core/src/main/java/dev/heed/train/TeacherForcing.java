package dev.heed.train;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.data.IdBatch;
import dev.heed.data.Mask;
import dev.heed.data.TokenBatch;
import dev.heed.loss.LinearCrossEntropy;
import dev.heed.model.Seq2Seq;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/** The decoder is fed the true target, one place to the right, and scored on the next token. */
public final class TeacherForcing implements Objective<IdBatch> {
  private final Seq2Seq model;
  private final LinearCrossEntropy crossEntropy;
  private final Device device;

  public TeacherForcing(Seq2Seq model, double labelSmoothing, Device device) {
    this.model = model;
    this.crossEntropy = new LinearCrossEntropy(labelSmoothing, TokenBatch.IGNORED);
    this.device = device;
  }

  @Override
  public long weight(IdBatch batch) {
    return batch.labelled();
  }

  @Override
  public Loss loss(IdBatch batch, double divisor) {
    try (Scope scope = Scope.open()) { // what the graph doesn't hold is free before going backward
      Tensor source = ids(batch.source(), batch.rows(), batch.sourceLength()); // (B, S)
      Tensor input = ids(batch.decoderInput(), batch.rows(), batch.targetLength()); // (B, T)
      Tensor labels = ids(batch.labels(), batch.rows(), batch.targetLength()); // (B, T)
      Tensor real = Tensor.of(batch.sourceReal(), batch.rows(), batch.sourceLength()); // (B, S)
      Memory memory = model.encode(source, Optional.of(real.to(device))); // (B, S, D)
      // Rows are padded on the right, where no real token looks.
      Tensor hidden = model.decode(input, memory, Pass.whole(input, Mask.NONE)); // (B, T, D)
      LinearCrossEntropy.Loss loss =
          crossEntropy.of(
              hidden.reshape(-1, hidden.size(2)),
              model.outputWeight(),
              model.outputBias(),
              labels.view(-1),
              divisor);
      return new Loss(scope.keep(loss.value()), loss.sum(), loss.nll());
    }
  }

  private Tensor ids(int[] ids, int rows, int length) {
    return Tensor.of(ids, rows, length).to(device);
  }
}
