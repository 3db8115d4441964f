package dev.heed.nn;

import dev.heed.tensor.Autocast;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Recurrences;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One layer of a recurrent network in one direction, by the engine's fused kernels:
 *
 * <pre>
 * LSTM (Hochreiter and Schmidhuber 1997, with forget gates, Gers et al. 2000)
 *   i, f, o = σ(W x_t + U h_{t−1} + b)   g = tanh(W x_t + U h_{t−1} + b)
 *   c_t = f ⊙ c_{t−1} + i ⊙ g            h_t = o ⊙ tanh(c_t)
 * GRU (Cho et al. 2014)
 *   r, z = σ(W x_t + U h_{t−1} + b)      n = tanh(W x_t + b_W + r ⊙ (U h_{t−1} + b_U))
 *   h_t = (1 − z) ⊙ n + z ⊙ h_{t−1}
 * </pre>
 *
 * <p>The GRU resets after the product with U (cuDNN's, and torch's), where the paper resets before;
 * W x + U h has a bias of each product. B rows, T steps, I inputs, H units.
 */
public final class Recurrent extends Module {
  /** What a unit is. */
  public enum Cell {
    LSTM(4, 2),
    GRU(3, 1);

    private final int gates;
    private final int states;

    Cell(int gates, int states) {
      this.gates = gates;
      this.states = states;
    }

    /** How many numbers a unit carries: h, and an LSTM's c. */
    public int states() {
      return states;
    }
  }

  /**
   * What a layer, or a stack of them, gives.
   *
   * @param outputs h at each step, (B, T, H)
   * @param state after the last, (B, states·H): h, then c
   */
  public record Run(Tensor outputs, Tensor state) {}

  private final Cell cell;
  private final int size;
  private final List<Tensor> weights;

  public Recurrent(Cell cell, int in, int size) {
    this.cell = cell;
    this.size = size;
    long rows = (long) cell.gates * size;
    this.weights =
        List.of(
            parameter("inputWeight", Init.xavier(rows, in)),
            parameter("stateWeight", Init.orthogonal(cell.gates, size)),
            parameter("inputBias", Init.zeros(rows)),
            parameter("stateBias", Init.zeros(rows)));
  }

  /**
   * (B, T, I) from a state (B, states·H) on.
   *
   * @param packing if rows have padding, or are read from their ends: outputs stand where their
   *     inputs do, and the state is that after a row's own last step
   */
  public Run forward(Tensor x, Tensor state, Optional<Packing> packing) {
    try (Autocast off = Autocast.off(x.device())) { // its sums would be of mixed types
      Dtype own = weights.get(0).dtype();
      return packing.isPresent()
          ? packed(x.to(own), state.to(own), packing.get())
          : whole(x.to(own), state.to(own));
    }
  }

  private Run whole(Tensor x, Tensor state) {
    if (x.size(1) == 1) {
      Tensor[] next = Recurrences.step(x.squeeze(1), split(state), weights);
      return new Run(next[0].unsqueeze(1), Tensor.cat(1, List.of(next))); // (B, 1, H)
    }
    List<Tensor> from = split(state).stream().map(part -> part.unsqueeze(0).contiguous()).toList();
    return run(Recurrences.run(x, from, weights));
  }

  private Run packed(Tensor x, Tensor state, Packing packing) {
    List<Tensor> from =
        split(packing.sort(state)).stream().map(part -> part.unsqueeze(0).contiguous()).toList();
    Run run = run(Recurrences.packed(packing.pack(x), packing.sizes(), from, weights));
    return new Run(packing.unpack(run.outputs()), packing.unsort(run.state()));
  }

  private static Run run(Tensor[] made) {
    List<Tensor> states =
        Arrays.stream(made).skip(1).map(state -> state.squeeze(0)).toList(); // (B, H)
    return new Run(made[0], Tensor.cat(1, states));
  }

  /** h, and an LSTM's c, (B, H) each. */
  private List<Tensor> split(Tensor state) {
    return cell == Cell.GRU
        ? List.of(state)
        : List.of(state.narrow(1, 0, size), state.narrow(1, size, size));
  }
}
