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
import java.util.stream.IntStream;

/**
 * An encoder is scored on the tokens that were chosen to be guessed, and its head computed at those
 * alone (Devlin et al. 2019, section 3.1).
 */
public final class MaskedLmObjective implements Objective<TokenBatch> {
  private final TextModel model;
  private final Device device;

  public MaskedLmObjective(TextModel model, Device device) {
    this.model = model;
    this.device = device;
  }

  @Override
  public long weight(TokenBatch batch) {
    return Math.max(1, batch.labelled());
  }

  @Override
  public Loss loss(TokenBatch batch, double divisor) {
    int[] labels = batch.labels();
    int[] chosen =
        IntStream.range(0, labels.length).filter(i -> labels[i] != TokenBatch.IGNORED).toArray();
    Tensor ids = Tensor.of(batch.ids(), batch.rows(), batch.length()).to(device); // (B, T)
    Tensor real = Tensor.of(batch.real(), batch.rows(), batch.length()).to(device); // (B, T)
    Tensor hidden =
        model.encode(new TextInput(ids, Optional.of(real), Optional.empty())); // (B, T, D)
    Tensor guessed =
        hidden
            .reshape(-1, hidden.size(2))
            .indexSelect(0, Tensor.of(chosen, chosen.length).to(device)) // (n, D)
            .unsqueeze(0);
    Tensor logits = model.answer(Task.MASKED_LM, guessed).to(Dtype.FLOAT32); // (1, n, V)
    Tensor truth =
        Tensor.of(IntStream.of(chosen).map(i -> labels[i]).toArray(), chosen.length).to(device);
    CrossEntropy.Sums sums = CrossEntropy.sums(logits, truth, 0);
    return new Loss(sums.loss().mul(1 / divisor), sums.loss().item(), sums.nll().item());
  }
}
