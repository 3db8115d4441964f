package dev.heed.attention;

import dev.heed.nn.Linear;
import dev.heed.nn.Maxout;
import dev.heed.nn.Recurrent.Run;
import dev.heed.nn.RecurrentStack;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The decoder of Bahdanau, Cho and Bengio 2015, appendix A: the state before a token asks, and what
 * it is told enters the cell.
 *
 * <pre>
 * s_0 = tanh(W_s ←h_1)                        the encoder's last state, read backward
 * e_ts = v_a · tanh(W_a s_{t−1} + U_a h_s)    α_t = softmax(e_t)    c_t = Σ_s α_ts h_s
 * s_t = RNN(s_{t−1}, [y_t; c_t])              output maxout([s_t; y_t; c_t])
 * </pre>
 *
 * <p>y_t is the embedding of the token before the one to be written. Further layers, which the
 * paper doesn't have, stand on the one that asks (Wu et al. 2016, section 3); an LSTM's cells start
 * from 0; an encoder that reads one way gives its last state for ←h_1. The output reads s_t, as the
 * paper's equation 4 does, and not s_{t−1}, as its appendix. Scores have a bias in the tanh.
 */
public final class BahdanauDecoder extends RecurrentDecoder {
  /** Its options: none. */
  public record Options() implements Way {
    @Override
    public RecurrentDecoder decoder(Shape shape) {
      return new BahdanauDecoder(shape);
    }

    /** Appendix B.1. */
    @Override
    public BiConsumer<String, Tensor> start() {
      return (name, weight) -> {
        if (name.endsWith("cross.kernel.v")) weight.fill_(0);
        else if (name.matches(".*cross\\.[qk]\\.weight")) weight.normal_(0, 0.001);
        else RecurrentDecoder.orthogonal(name, weight);
      };
    }
  }

  private final Shape shape;
  private final Linear first;
  private final Alignment cross;
  private final RecurrentStack rnn;
  private final Maxout out;

  BahdanauDecoder(Shape shape) {
    int d = shape.d();
    this.shape = shape;
    this.first = child("first", new Linear(read(), (long) shape.layers() * d, true));
    this.cross =
        child(
            "cross",
            new Alignment(new Additive(1, d), new Linear(d, d, false), new Linear(d, d, false)));
    this.rnn =
        child("rnn", new RecurrentStack(shape.cell(), 2 * d, d, shape.layers(), shape.dropout()));
    this.out = child("out", new Maxout(3L * d, d));
  }

  /** How wide ←h_1 is. */
  private int read() {
    return shape.both() ? shape.d() / 2 : shape.d();
  }

  @Override
  Tensor first(Memory memory) {
    Tensor backward = top(memory, shape).narrow(1, shape.d() - read(), read()); // (B, D or D/2)
    return state(first.forward(backward).tanh(), shape);
  }

  @Override
  Run run(Tensor y, Tensor state, Memory memory, Pass pass) {
    UnaryOperator<Tensor> read = cross.of(memory, pass);
    Tensor lowest = rnn.ofLowest(state); // (N, states·D): h, then c
    List<Tensor> asked = new ArrayList<>();
    List<Tensor> contexts = new ArrayList<>();
    List<Tensor> states = new ArrayList<>();
    for (int t = 0; t < y.size(1); t++) {
      Tensor query = lowest.narrow(1, 0, shape.d()).unsqueeze(1); // (N, 1, D)
      Tensor c = read.apply(query); // (N, 1, D)
      Run step = rnn.lowest(Tensor.cat(2, List.of(y.narrow(1, t, 1), c)), lowest);
      lowest = step.state();
      asked.add(query);
      contexts.add(c);
      states.add(step.outputs());
    }
    cross.show(Tensor.cat(1, asked), memory, pass);
    Run others = rnn.others(Tensor.cat(1, states), rnn.ofOthers(state)); // (N, T, D)
    Tensor c = Tensor.cat(1, contexts); // (N, T, D)
    return new Run(
        out.forward(Tensor.cat(2, List.of(others.outputs(), y, c))), // (N, T, D)
        Tensor.cat(1, List.of(lowest, others.state())));
  }
}
