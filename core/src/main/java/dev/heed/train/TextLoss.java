package dev.heed.train;

import dev.heed.data.TokenBatch;
import dev.heed.loss.CrossEntropy;
import dev.heed.loss.CrossEntropy.Sums;
import dev.heed.tensor.Tensor;

/** How far the scores of an encoder's head are from the labels. */
public interface TextLoss {
  /**
   * Sums over the labels that count.
   *
   * @param scores what the head gives, FLOAT32
   */
  Sums of(Tensor scores, TokenBatch batch);

  /** −log p of the class of each text, (B, L), or of each token, (B, T, L). */
  static TextLoss classes(double labelSmoothing) {
    return (scores, batch) -> CrossEntropy.sums(scores, labels(scores, batch), labelSmoothing);
  }

  /**
   * −log p of an answer's first token and of its last, each among all of the row, (B, T, 2) (Devlin
   * et al. 2019, section 4.2).
   */
  static TextLoss spans() {
    return (scores, batch) -> {
      Tensor padding =
          Tensor.of(batch.real(), batch.rows(), batch.length(), 1)
              .to(scores.device())
              .logicalNot(); // (B, T, 1)
      Tensor places =
          scores.maskedFill(padding, Double.NEGATIVE_INFINITY).transpose(1, 2); // (B, 2, T)
      return CrossEntropy.sums(places, labels(scores, batch), 0);
    };
  }

  /** The squared error of the number of each text, (B, 1). */
  static TextLoss numbers() {
    return (scores, batch) -> {
      Tensor numbers = Tensor.of(batch.numbers(), batch.rows(), 1).to(scores.device()); // (B, 1)
      Tensor error = scores.sub(numbers);
      Tensor sum = error.mul(error).sum();
      return new Sums(sum, sum);
    };
  }

  private static Tensor labels(Tensor scores, TokenBatch batch) {
    return Tensor.of(batch.labels(), batch.rows(), batch.labelLength()).to(scores.device());
  }
}
