package dev.heed.nn;

import dev.heed.nn.Recurrent.Cell;
import dev.heed.nn.Recurrent.Run;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Layers of {@link Recurrent} over each other, read forward, with dropout between them alone
 * (Zaremba et al. 2014). Its state (B, layers·states·H) is the layers' side by side, the lowest
 * first.
 */
public final class RecurrentStack extends Module {
  private final List<Recurrent> layers;
  private final Dropout dropout;
  private final int width;

  public RecurrentStack(Cell cell, int in, int size, int layers, double dropout) {
    this.layers = children("layers", layers, i -> new Recurrent(cell, i == 0 ? in : size, size));
    this.dropout = child("dropout", new Dropout(dropout));
    this.width = cell.states() * size;
  }

  /** How many numbers its state has. */
  public int stateSize() {
    return layers.size() * width;
  }

  /** (B, T, I) from a state on. */
  public Run forward(Tensor x, Tensor state) {
    return above(0, x, state);
  }

  /** The lowest layer alone, from its own state (B, states·H) on. */
  public Run lowest(Tensor x, Tensor state) {
    return layers.get(0).forward(x, state, Optional.empty());
  }

  /** All layers but the lowest, (B, T, H) from their own states (B, (layers − 1)·states·H) on. */
  public Run others(Tensor x, Tensor state) {
    return above(1, x, state);
  }

  /** The part of a state that is the lowest layer's. */
  public Tensor ofLowest(Tensor state) {
    return state.narrow(1, 0, width);
  }

  /** The part that isn't. */
  public Tensor ofOthers(Tensor state) {
    return state.narrow(1, width, stateSize() - width);
  }

  private Run above(int first, Tensor x, Tensor state) {
    List<Tensor> states = new ArrayList<>();
    Tensor outputs = x;
    for (int i = first; i < layers.size(); i++) {
      Tensor own = state.narrow(1, (long) (i - first) * width, width);
      Run run =
          layers.get(i).forward(i == 0 ? outputs : dropout.forward(outputs), own, Optional.empty());
      outputs = run.outputs(); // (B, T, H)
      states.add(run.state());
    }
    return new Run(outputs, states.isEmpty() ? state : Tensor.cat(1, states));
  }
}
