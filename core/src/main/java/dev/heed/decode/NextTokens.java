package dev.heed.decode;

import dev.heed.config.UserError;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The most probable next tokens of each hypothesis, most probable first, with their natural
 * log-probabilities, and the end tokens' besides. All of it crosses from the device at once.
 */
final class NextTokens {
  /**
   * The k best of V lie within the k blocks with the highest maxima, so {@code topk} need only see
   * V/64 maxima and then 64·k candidates (docs/decisions/0004-beam-selection.md).
   */
  private static final int BLOCK = 64;

  private final int width;
  private final int[] tokens;
  private final double[] logProbabilities;
  private final double[] ends;
  private final int endCount;

  /** Natural log-probabilities (N, V) of logits (N, V), in single precision at least. */
  static Tensor logProbabilities(Tensor logits) {
    Dtype exact = logits.dtype() == Dtype.FLOAT64 ? Dtype.FLOAT64 : Dtype.FLOAT32;
    return logits.to(exact).logSoftmax(-1);
  }

  /**
   * @param scores log-probabilities (N, V)
   * @param wanted how many tokens of each hypothesis; all V if there are fewer
   * @param ends the end tokens
   * @throws UserError if the scores are not numbers
   */
  NextTokens(Tensor scores, int wanted, int... ends) {
    int rows = (int) scores.size(0);
    int vocabulary = (int) scores.size(1);
    int blocks = vocabulary / BLOCK;
    int blocked = blocks * BLOCK;
    width = Math.min(wanted, vocabulary);
    boolean inBlocks = rows > 1 && 2 * width <= blocks;
    List<Tensor> parts = new ArrayList<>();
    for (int end : ends) parts.add(scores.narrow(1, end, 1)); // (N, 1)
    if (inBlocks) {
      Tensor block = scores.narrow(1, 0, blocked).view(rows, blocks, BLOCK); // (N, V/64, 64)
      Tensor best = block.amax(2).topk(width).indices(); // (N, k)
      Tensor index = best.unsqueeze(2).expand(rows, width, BLOCK);
      Tensor inside = block.gather(1, index).view(rows, -1); // (N, 64k)
      Tensor rest = scores.narrow(1, blocked, vocabulary - blocked); // (N, V mod 64)
      var top = Tensor.cat(1, List.of(inside, rest)).topk(width);
      parts.addAll(List.of(top.values(), top.indices(), best));
    } else {
      var top = scores.topk(width);
      parts.addAll(List.of(top.values(), top.indices()));
    }
    double[] found = Tensor.cat(1, parts).toDoubles();
    tokens = new int[rows * width];
    logProbabilities = new double[rows * width];
    this.ends = new double[rows * ends.length];
    endCount = ends.length;
    int stride = found.length / rows;
    for (int row = 0; row < rows; row++) {
      int values = row * stride + endCount;
      int positions = values + width;
      int numbers = positions + width; // of the best blocks
      System.arraycopy(found, row * stride, this.ends, row * endCount, endCount);
      if (Double.isNaN(found[values]))
        throw new UserError(
            "the model's scores are not numbers (NaN), so nothing can be generated:"
                + " use a checkpoint from before its training diverged");
      for (int rank = 0; rank < width; rank++) {
        int token = (int) found[positions + rank];
        if (inBlocks) {
          int past = token - width * BLOCK; // into the columns after the last full block
          int block = past >= 0 ? blocks : (int) found[numbers + token / BLOCK];
          token = block * BLOCK + (past >= 0 ? past : token % BLOCK);
        }
        tokens[row * width + rank] = token;
        logProbabilities[row * width + rank] = found[values + rank];
      }
    }
  }

  /** How many tokens of each hypothesis are here. */
  int width() {
    return width;
  }

  int token(int hypothesis, int rank) {
    return tokens[hypothesis * width + rank];
  }

  double logProbability(int hypothesis, int rank) {
    return logProbabilities[hypothesis * width + rank];
  }

  /** The log-probability of ending here with one of the end tokens. */
  double end(int hypothesis, int which) {
    return ends[hypothesis * endCount + which];
  }
}
