package dev.heed.train;

import dev.heed.data.TokenBatch;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import java.util.Optional;

/**
 * An encoder is scored on the tokens that were chosen to be guessed (Devlin et al. 2019, section
 * 3.1).
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
    Guesses guesses =
        Guesses.of(
            model,
            model.encode(Guesses.input(batch, Optional.empty(), device)), // (B, T, D)
            batch.labels());
    double sum = guesses.sum().item();
    return new Loss(guesses.sum().mul(1 / divisor), sum, sum);
  }
}
