package dev.heed.train;

import dev.heed.data.ReplacedBatch;
import dev.heed.data.TokenBatch;
import dev.heed.loss.BinaryCrossEntropy;
import dev.heed.model.Electra;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.Optional;

/**
 * A generator guesses what is behind masks, and a discriminator tells for every token of the text
 * with the sampled guesses whether it is what was there (Clark et al. 2020, section 2):
 *
 * <pre>loss = L_MLM + λ · L_Disc</pre>
 *
 * <p>Both are means, over masks and over all tokens, as in the paper's code. Nothing goes back from
 * the discriminator to the generator: a sample has no gradient. A guess that is right counts as
 * real. A batch weighs its masks, and λ · L_Disc is multiplied by that, so that the loss over the
 * weight is the sum above.
 */
public final class ReplacedObjective implements Objective<ReplacedBatch> {
  private final Electra.Pair pair;
  private final double lambda;
  private final Device device;

  /**
   * @param lambda weight of the discriminator's loss, 50 in the paper
   */
  public ReplacedObjective(Electra.Pair pair, double lambda, Device device) {
    this.pair = pair;
    this.lambda = lambda;
    this.device = device;
  }

  @Override
  public long weight(ReplacedBatch batch) {
    return Math.max(1, batch.masked().labelled());
  }

  /** The likelihood is that of the generator's guesses. */
  @Override
  public Loss loss(ReplacedBatch batch, double divisor) {
    TokenBatch masked = batch.masked();
    Guesses guesses =
        Guesses.of(
            pair.generator(),
            pair.generator().encode(Guesses.input(masked, Optional.empty(), device)), // (B, T, D)
            masked.labels());
    Tensor judged = discriminator(replaced(batch, guesses), batch.ids()).mul(weight(batch));
    Tensor sum = guesses.sum().add(judged, lambda); // ()
    return new Loss(sum.mul(1 / divisor), sum.item(), guesses.sum().item());
  }

  /** The text with a sample of the generator's guesses instead of each mask. */
  private static TokenBatch replaced(ReplacedBatch batch, Guesses guesses) {
    TokenBatch masked = batch.masked();
    int[] ids = batch.ids().clone();
    float[] draws = new float[guesses.places().length];
    for (int i = 0; i < draws.length; i++) draws[i] = batch.draws()[guesses.places()[i]];
    long[] sampled = sample(guesses.logits(), draws);
    for (int i = 0; i < draws.length; i++) ids[guesses.places()[i]] = (int) sampled[i];
    return new TokenBatch(
        masked.rows(),
        masked.length(),
        ids,
        masked.segments(),
        masked.lengths(),
        masked.length(),
        masked.labels());
  }

  /**
   * Of each row of logits (n, V), the token in whose share of the probabilities, laid end to end,
   * the draw falls.
   */
  static long[] sample(Tensor logits, float[] draws) {
    if (draws.length == 0) return new long[0];
    try (NoGrad off = NoGrad.on()) {
      Tensor shares = logits.softmax(-1).cumsum(1); // (n, V)
      Tensor all = shares.narrow(1, logits.size(1) - 1, 1); // (n, 1), 1 but for rounding
      Tensor at = Tensor.of(draws, draws.length, 1).to(logits.device()).mul(all); // (n, 1)
      Tensor passed = at.sub(shares).ge(0).to(Dtype.INT64).sum(1); // (n)
      return passed.clamp(0, logits.size(1) - 1.0).toLongs();
    }
  }

  /** The mean binary cross-entropy over what is no padding. */
  private Tensor discriminator(TokenBatch replaced, int[] ids) {
    Tensor hidden =
        pair.discriminator().encode(Guesses.input(replaced, Optional.empty(), device)); // (B, T, D)
    Tensor logits =
        pair.discriminator().answer(Task.REPLACED, hidden).squeeze(2).to(Dtype.FLOAT32); // (B, T)
    float[] labels = new float[ids.length];
    for (int i = 0; i < labels.length; i++) labels[i] = replaced.ids()[i] == ids[i] ? 0 : 1;
    Tensor truth = Tensor.of(labels, replaced.rows(), replaced.length()).to(device); // (B, T)
    Tensor real =
        Tensor.of(replaced.real(), replaced.rows(), replaced.length())
            .to(device)
            .to(Dtype.FLOAT32); // (B, T)
    return BinaryCrossEntropy.each(logits, truth).mul(real).sum().div(real.sum()); // ()
  }
}
