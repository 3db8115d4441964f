package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.nn.Linear;
import dev.heed.nn.Maxout;
import dev.heed.nn.Recurrent.Run;
import dev.heed.nn.RecurrentStack;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The source in one vector of fixed size.
 *
 * <pre>
 * Sutskever et al. 2014   s_0 = the encoder's last state, layer by layer
 *                         s_t = RNN(s_{t−1}, y_t)                          output s_t
 * Cho et al. 2014         c = tanh(V h_S)    s_0 = tanh(V' c)              h_S the encoder's last
 *                         s_t = RNN(s_{t−1}, [y_t; c])                     output maxout([s_t; y_t; c])
 * </pre>
 *
 * <p>y_t is the embedding of the token before the one to be written. An LSTM's cells, which Cho et
 * al. don't have, start from 0 there.
 */
public final class FixedContext extends RecurrentDecoder {
  /** Its options. */
  public record Options(
      @Doc("whether the vector enters every step and the output, as in Cho et al. 2014")
          boolean everyStep)
      implements Way {
    @Override
    public RecurrentDecoder decoder(Shape shape) {
      return new FixedContext(shape, everyStep);
    }

    /** Sutskever et al. 2014, section 3.4; Cho et al. 2014, section 4.1 and appendix. */
    @Override
    public BiConsumer<String, Tensor> start() {
      return everyStep
          ? RecurrentDecoder::orthogonal
          : (name, weight) -> weight.uniform_(-0.08, 0.08);
    }
  }

  /** Cho's maps. */
  private record Every(Linear context, Linear first, Maxout out) {}

  private final Shape shape;
  private final RecurrentStack rnn;
  private final Optional<Every> every;

  FixedContext(Shape shape, boolean everyStep) {
    int d = shape.d();
    this.shape = shape;
    this.rnn =
        child(
            "rnn",
            new RecurrentStack(
                shape.cell(), everyStep ? 2 * d : d, d, shape.layers(), shape.dropout()));
    this.every =
        everyStep
            ? Optional.of(
                new Every(
                    child("context", new Linear(d, d, true)),
                    child("first", new Linear(d, (long) shape.layers() * d, true)),
                    child("out", new Maxout(3L * d, d))))
            : Optional.empty();
  }

  private Tensor context(Linear map, Memory memory) {
    return map.forward(top(memory, shape)).tanh(); // (B, D)
  }

  @Override
  Tensor first(Memory memory) {
    return every
        .map(maps -> state(maps.first().forward(context(maps.context(), memory)).tanh(), shape))
        .orElseGet(() -> last(memory));
  }

  @Override
  Run run(Tensor y, Tensor state, Memory memory, Pass pass) {
    if (every.isEmpty()) return rnn.forward(y, state);
    Every maps = every.get();
    Tensor c = repeated(maps, memory, pass).apply(y); // (N, T, D)
    Run run = rnn.forward(Tensor.cat(2, List.of(y, c)), state);
    Tensor out = maps.out().forward(Tensor.cat(2, List.of(run.outputs(), y, c))); // (N, T, D)
    return new Run(out, run.state());
  }

  /** c for each of (N, T, D). */
  private UnaryOperator<Tensor> repeated(Every maps, Memory memory, Pass pass) {
    KeyValues once =
        pass.once(
            this,
            () -> {
              Tensor c = context(maps.context(), memory);
              return new KeyValues(c.unsqueeze(1), c.unsqueeze(1)); // (B, 1, D)
            });
    return folded(pass, once.values().size(0), y -> once.values().expand(y.shape()));
  }
}
