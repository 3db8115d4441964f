package dev.heed.loss;

import dev.heed.tensor.Dtype;
import dev.heed.tensor.Signals;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Connectionist temporal classification (Graves et al. 2006): −log of the probability of all ways
 * to spread labels over frames, with blanks between them.
 *
 * @param blank the label that stands for none
 * @param zeroInfinity whether texts too long for their frames cost nothing, rather than ∞
 */
public record Ctc(int blank, boolean zeroInfinity) {
  /**
   * The loss of each recording, (B).
   *
   * @param logits (B, T, V)
   * @param real BOOL (B, T), which frames are no padding; empty if all are
   * @param labels INT64 (B, L); what is below 0 doesn't count
   */
  public Tensor each(Tensor logits, Optional<Tensor> real, Tensor labels) {
    long[] frames = new long[(int) logits.size(0)];
    Arrays.fill(frames, logits.size(1));
    Tensor logP = logits.to(Dtype.FLOAT32).logSoftmax(-1).transpose(0, 1); // (T, B, V)
    long[] texts = LongStream.of(labels.toLongs()).filter(label -> label >= 0).toArray();
    return Signals.ctc(
        logP,
        Tensor.of(texts, texts.length).to(logits.device()),
        real.map(mask -> mask.to(Dtype.INT64).sum(1).toLongs()).orElse(frames),
        lengths(labels).toLongs(),
        blank,
        zeroInfinity);
  }

  /** The mean over recordings of the loss of a label. */
  public Tensor mean(Tensor logits, Optional<Tensor> real, Tensor labels) {
    Tensor losses = each(logits, real, labels); // (B)
    Tensor lengths = lengths(labels).to(losses.dtype()).clamp_(1, Float.MAX_VALUE); // (B)
    return losses.div(lengths).mean();
  }

  private static Tensor lengths(Tensor labels) {
    return labels.ge(0).to(Dtype.INT64).sum(1);
  }
}
