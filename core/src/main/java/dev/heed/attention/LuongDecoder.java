package dev.heed.attention;

import dev.heed.config.Doc;
import dev.heed.nn.Linear;
import dev.heed.nn.Recurrent.Run;
import dev.heed.nn.RecurrentStack;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The decoder of Luong, Pham and Manning 2015, sections 3.1 and 3.3: the state of the top layer
 * asks, and what it is told joins it after the cells.
 *
 * <pre>
 * s_0 = the encoder's last state, layer by layer
 * s_t = RNN(s_{t−1}, y_t)              or, with input feeding, RNN(s_{t−1}, [y_t; h̃_{t−1}])
 * α_ts = softmax(score(h_t, h̄_s))      c_t = Σ_s α_ts h̄_s
 * h̃_t = tanh(W_c [c_t; h_t])           the output; h̃_0 = 0
 * </pre>
 *
 * <p>h_t is the top of s_t, h̄_s the encoder's states, y_t the embedding of the token before the
 * one to be written, and the scores are {@link Luong}'s.
 */
public final class LuongDecoder extends RecurrentDecoder {
  /** Its options. */
  public record Options(
      @Doc("`dot`, `general` with a matrix between, or `concat` with a small network")
          Luong.Score score,
      @Doc("whether what was attended to enters the next step") boolean inputFeeding)
      implements Way {
    @Override
    public RecurrentDecoder decoder(Shape shape) {
      return new LuongDecoder(shape, this);
    }

    /** Section 4.1. */
    @Override
    public BiConsumer<String, Tensor> start() {
      return (name, weight) -> weight.uniform_(-0.1, 0.1);
    }
  }

  private final int d;
  private final boolean feeding;
  private final RecurrentStack rnn;
  private final Alignment cross;
  private final Linear out;

  LuongDecoder(Shape shape, Options options) {
    this.d = shape.d();
    this.feeding = options.inputFeeding();
    Place place = new Place(d, 1, Integer.MAX_VALUE, 0, false);
    this.rnn =
        child(
            "rnn",
            new RecurrentStack(
                shape.cell(), feeding ? 2 * d : d, d, shape.layers(), shape.dropout()));
    this.cross = child("cross", new Alignment(new Luong.Options(options.score()).kernel(place)));
    this.out = child("out", new Linear(2L * d, d, false));
  }

  /** The layers' state, and h̃ behind it where it is fed. */
  @Override
  Tensor first(Memory memory) {
    Tensor last = last(memory);
    return feeding ? last.pad(0, d) : last;
  }

  @Override
  Run run(Tensor y, Tensor state, Memory memory, Pass pass) {
    UnaryOperator<Tensor> read = cross.of(memory, pass);
    if (feeding) return fed(y, state, read, memory, pass);
    Run run = rnn.forward(y, state);
    cross.show(run.outputs(), memory, pass);
    return new Run(attentional(run.outputs(), read), run.state());
  }

  private Run fed(Tensor y, Tensor state, UnaryOperator<Tensor> read, Memory memory, Pass pass) {
    Tensor layers = state.narrow(1, 0, rnn.stateSize());
    Tensor told = state.narrow(1, rnn.stateSize(), d).unsqueeze(1); // (N, 1, D)
    List<Tensor> asked = new ArrayList<>();
    List<Tensor> outputs = new ArrayList<>();
    for (int t = 0; t < y.size(1); t++) {
      Run step = rnn.forward(Tensor.cat(2, List.of(y.narrow(1, t, 1), told)), layers);
      layers = step.state();
      told = attentional(step.outputs(), read);
      asked.add(step.outputs());
      outputs.add(told);
    }
    cross.show(Tensor.cat(1, asked), memory, pass);
    return new Run(
        Tensor.cat(1, outputs), Tensor.cat(1, List.of(layers, told.squeeze(1)))); // (N, T, D)
  }

  /** h̃ of h, (N, T, D). */
  private Tensor attentional(Tensor h, UnaryOperator<Tensor> read) {
    return out.forward(Tensor.cat(2, List.of(read.apply(h), h))).tanh();
  }
}
