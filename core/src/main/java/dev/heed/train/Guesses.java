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
 * What an encoder makes of the tokens that it is to guess; its head is computed at those alone.
 *
 * @param places (n) where in the batch they are
 * @param logits FLOAT32 (n, V)
 * @param sum the cross-entropy, summed, a scalar
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Guesses(int[] places, Tensor logits, Tensor sum) {
  /**
   * @param hidden (B, T, D)
   * @param labels (B, T), {@link TokenBatch#IGNORED} where nothing is to be guessed
   */
  static Guesses of(TextModel model, Tensor hidden, int[] labels) {
    Device device = hidden.device();
    int[] places =
        IntStream.range(0, labels.length).filter(i -> labels[i] != TokenBatch.IGNORED).toArray();
    Tensor guessed =
        hidden
            .reshape(-1, hidden.size(2))
            .indexSelect(0, Tensor.of(places, places.length).to(device)) // (n, D)
            .unsqueeze(0);
    Tensor logits = model.answer(Task.MASKED_LM, guessed).to(Dtype.FLOAT32).squeeze(0); // (n, V)
    int[] truth = IntStream.of(places).map(i -> labels[i]).toArray();
    Tensor sum =
        CrossEntropy.sums(logits, Tensor.of(truth, truth.length).to(device), 0).loss(); // ()
    return new Guesses(places, logits, sum);
  }

  /** A batch of ids for an encoder. */
  static TextInput input(TokenBatch batch, Optional<int[]> segments, Device device) {
    int rows = batch.rows();
    int length = batch.length();
    return new TextInput(
        Tensor.of(batch.ids(), rows, length).to(device), // (B, T)
        Optional.of(Tensor.of(batch.real(), rows, length).to(device)), // (B, T)
        segments.map(s -> Tensor.of(s, rows, length).to(device))); // (B, T)
  }
}
