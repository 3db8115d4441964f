package dev.heed.tensor;

import java.lang.ref.Reference;
import java.util.List;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The engine's recurrences, one layer in one direction at a time. States are (1, B, H): an LSTM has
 * h and c, a GRU h alone. Weights are W (G·H, I), U (G·H, H) and their biases (G·H), where an LSTM
 * stacks G = 4 gates (input, forget, cell, output) and a GRU 3 (reset, update, new).
 */
public final class Recurrences {
  private Recurrences() {}

  /**
   * Sequences of one length.
   *
   * @param x (B, T, I)
   * @param states as many as the kind of cell has
   * @param weights W, U and their biases
   * @return the outputs (B, T, H), then the last states
   */
  public static Tensor[] run(Tensor x, List<Tensor> states, List<Tensor> weights) {
    boolean lstm = states.size() == 2;
    return lstm
        ? Operators.checked(
            "lstm",
            () -> {
              TensorVector params = Operators.list(weights);
              var y =
                  torch.lstm(x.at, Operators.list(states), params, true, 1, 0, false, false, true);
              return own(y, y.get0(), y.get1(), y.get2());
            },
            x,
            weights.get(0))
        : Operators.checked(
            "gru",
            () -> {
              TensorVector params = Operators.list(weights);
              var y = torch.gru(x.at, states.get(0).at, params, true, 1, 0, false, false, true);
              return own(y, y.get0(), y.get1());
            },
            x,
            weights.get(0));
  }

  /**
   * Sequences of any lengths, laid one after the other step by step, the longest first.
   *
   * @param x (N, I), the N entries of all of them: first the first of each, then the second, …
   * @param sizes INT64 (T) on the CPU: how many sequences have such a step
   * @return the outputs (N, H), then the last states of each
   */
  public static Tensor[] packed(Tensor x, Tensor sizes, List<Tensor> states, List<Tensor> weights) {
    boolean lstm = states.size() == 2;
    return lstm
        ? Operators.checked(
            "lstm",
            () -> {
              TensorVector hx = Operators.list(states);
              var y =
                  torch.lstm(x.at, sizes.at, hx, Operators.list(weights), true, 1, 0, false, false);
              return own(y, y.get0(), y.get1(), y.get2());
            },
            x,
            weights.get(0))
        : Operators.checked(
            "gru",
            () -> {
              TensorVector params = Operators.list(weights);
              var y = torch.gru(x.at, sizes.at, states.get(0).at, params, true, 1, 0, false, false);
              return own(y, y.get0(), y.get1());
            },
            x,
            weights.get(0));
  }

  /**
   * One step of each sequence.
   *
   * @param x (B, I)
   * @param states (B, H)
   * @return the states after it
   */
  public static Tensor[] step(Tensor x, List<Tensor> states, List<Tensor> weights) {
    org.bytedeco.pytorch.Tensor w = weights.get(0).at;
    org.bytedeco.pytorch.Tensor u = weights.get(1).at;
    TensorOptional bw = new TensorOptional(weights.get(2).at);
    TensorOptional bu = new TensorOptional(weights.get(3).at);
    if (states.size() == 1)
      return new Tensor[] {
        Tensor.run(
            "gru_cell",
            () -> torch.gru_cell(x.at, states.get(0).at, w, u, bw, bu),
            x,
            states.get(0))
      };
    return Operators.checked(
        "lstm_cell",
        () -> {
          var next = torch.lstm_cell(x.at, Operators.list(states), w, u, bw, bu);
          return own(next, next.get0(), next.get1());
        },
        x,
        states.get(0));
  }

  /** Handles of their own on the members of what the engine returned together. */
  private static Tensor[] own(Object together, org.bytedeco.pytorch.Tensor... members) {
    Tensor[] own = new Tensor[members.length];
    for (int i = 0; i < own.length; i++)
      own[i] = new Tensor(new org.bytedeco.pytorch.Tensor(members[i]));
    Reference.reachabilityFence(together);
    return own;
  }
}
