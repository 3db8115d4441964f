package dev.heed.decode;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The score of each token that was said before is divided by r if it is positive, and multiplied by
 * r otherwise (Keskar et al. 2019, section 4.1).
 */
record RepetitionPenalty(double r) {
  /**
   * @param scores (N, V)
   * @param said the tokens said before, of each of the N
   */
  Tensor apply(Tensor scores, List<int[]> said) {
    long vocabulary = scores.size(1);
    long[] places =
        IntStream.range(0, said.size())
            .boxed()
            .flatMapToLong(
                row ->
                    IntStream.of(said.get(row))
                        .filter(token -> token < vocabulary)
                        .distinct()
                        .mapToLong(token -> row * vocabulary + token))
            .toArray();
    if (places.length == 0) return scores;
    Tensor flat = scores.contiguous().view(-1); // (N·V)
    Tensor index = Tensor.of(places, places.length).to(scores.device());
    Tensor found = flat.indexSelect(0, index);
    Tensor positive = found.relu().mul(1 / r);
    Tensor negative = found.mul(-1).relu().mul(r);
    return flat.copy().indexCopy_(0, index, positive.sub(negative)).view(said.size(), vocabulary);
  }
}
