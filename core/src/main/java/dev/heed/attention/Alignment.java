package dev.heed.attention;

import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a recurrent decoder takes from the source, Σ_s α_s h_s: attention of one head, whose values
 * are the encoder's states as they are. B batch, T queries, S source length, D model; R rows of K
 * hypotheses when generating.
 */
final class Alignment extends Module {
  private final Kernel kernel;
  private final Optional<Linear> q;
  private final Optional<Linear> k;

  /** Of queries and states as they are. */
  Alignment(Kernel kernel) {
    this.kernel = child("kernel", kernel);
    this.q = Optional.empty();
    this.k = Optional.empty();
  }

  /** Of maps of them. */
  Alignment(Kernel kernel, Linear q, Linear k) {
    this.kernel = child("kernel", kernel);
    this.q = Optional.of(child("q", q));
    this.k = Optional.of(child("k", k));
  }

  /** Gives contexts (N, T, D) for queries (N, T, D) in one pass. */
  UnaryOperator<Tensor> of(Memory memory, Pass pass) {
    KeyValues read = pass.once(this, () -> project(memory.states()));
    return RecurrentDecoder.folded(
        pass,
        read.values().size(0),
        queries ->
            kernel
                .attend(heads(queries), read.keys(), read.values(), memory.mask())
                .squeeze(1)); // (B, T, D)
  }

  /** Shows the weights (B, 1, T, S) of all queries as {@code attentions}. */
  void show(Tensor queries, Memory memory, Pass pass) {
    if (pass.isWhole())
      show(
          "attentions",
          () -> kernel.weights(heads(queries), project(memory.states()).keys(), memory.mask()));
  }

  private Tensor heads(Tensor queries) {
    return q.map(map -> map.forward(queries)).orElse(queries).unsqueeze(1); // (B, 1, T, D)
  }

  private KeyValues project(Tensor states) {
    Tensor keys = k.map(map -> map.forward(states)).orElse(states);
    return new KeyValues(keys.unsqueeze(1), states.unsqueeze(1)); // (B, 1, S, D)
  }
}
