package dev.heed.decode;

import dev.heed.config.UserError;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * The most probable next tokens of each hypothesis, most probable first, with their natural
 * log-probabilities, and the end token's besides. All of it crosses from the device at once.
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

  /**
   * @param logits (N, V)
   * @param wanted how many tokens of each hypothesis; all V if there are fewer
   * @throws UserError if the scores are not numbers
   */
  NextTokens(Tensor logits, int wanted, int eos) {
    Dtype exact = logits.dtype() == Dtype.FLOAT64 ? Dtype.FLOAT64 : Dtype.FLOAT32;
    Tensor scores = logits.to(exact).logSoftmax(-1); // (N, V)
    int rows = (int) scores.size(0);
    int vocabulary = (int) scores.size(1);
    int blocks = vocabulary / BLOCK;
    int blocked = blocks * BLOCK;
    width = Math.min(wanted, vocabulary);
    boolean inBlocks = 2 * width <= blocks;
    Tensor last = scores.narrow(1, eos, 1); // (N, 1)
    double[] found;
    if (inBlocks) {
      Tensor parts = scores.narrow(1, 0, blocked).view(rows, blocks, BLOCK); // (N, V/64, 64)
      Tensor best = parts.amax(2).topk(width).indices(); // (N, k)
      Tensor index = best.unsqueeze(2).expand(rows, width, BLOCK);
      Tensor inside = parts.gather(1, index).view(rows, -1); // (N, 64k)
      Tensor rest = scores.narrow(1, blocked, vocabulary - blocked); // (N, V mod 64)
      var top = Tensor.cat(1, List.of(inside, rest)).topk(width);
      found = Tensor.cat(1, List.of(last, top.values(), top.indices(), best)).toDoubles();
    } else {
      var top = scores.topk(width);
      found = Tensor.cat(1, List.of(last, top.values(), top.indices())).toDoubles();
    }
    tokens = new int[rows * width];
    logProbabilities = new double[rows * width];
    ends = new double[rows];
    int stride = found.length / rows;
    for (int row = 0; row < rows; row++) {
      int values = row * stride + 1;
      int positions = values + width;
      int numbers = positions + width; // of the best blocks
      ends[row] = found[values - 1];
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

  /** The log-probability of ending here. */
  double end(int hypothesis) {
    return ends[hypothesis];
  }
}
