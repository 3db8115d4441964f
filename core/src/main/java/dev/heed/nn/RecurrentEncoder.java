package dev.heed.nn;

import dev.heed.nn.Recurrent.Cell;
import dev.heed.nn.Recurrent.Run;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Layers of {@link Recurrent} that read whole sequences forward, backward, or both ways at once
 * (Schuster and Paliwal 1997). Each layer of both ways has H/2 units each way, and what both give
 * stands side by side. Padding is left out, wherever it is. B rows, T steps, H units.
 */
public final class RecurrentEncoder extends Module {
  /** How the rows are read. */
  public enum Direction {
    FORWARD,
    /** From their ends, as Sutskever et al. 2014 read the source. */
    BACKWARD,
    BOTH
  }

  private final Cell cell;
  private final int each;
  private final List<Recurrent> forward;
  private final List<Recurrent> backward;
  private final Dropout dropout;

  public RecurrentEncoder(
      Cell cell, Direction direction, int in, int size, int layers, double dropout) {
    this.cell = cell;
    this.each = direction == Direction.BOTH ? size / 2 : size;
    this.forward = layers("forward", direction != Direction.BACKWARD ? layers : 0, in, size);
    this.backward = layers("backward", direction != Direction.FORWARD ? layers : 0, in, size);
    this.dropout = child("dropout", new Dropout(dropout));
  }

  private List<Recurrent> layers(String name, int count, int in, int size) {
    return children(name, count, i -> new Recurrent(cell, i == 0 ? in : size, each));
  }

  /**
   * (B, T, I) → (B, T, H), 0 where padding is, and the state after each row's own last step, (B,
   * layers·states·H): a layer's h, then an LSTM's c, each forward's before backward's.
   *
   * @param real BOOL (B, T), which steps are no padding; empty if all are
   */
  public Run forward(Tensor x, Optional<Tensor> real) {
    Tensor steps =
        real.orElseGet(() -> Tensor.full(1, Dtype.BOOL, x.device(), x.size(0), x.size(1)));
    boolean padded = real.isPresent() && steps.logicalNot().any(0).any(1).item() != 0;
    Optional<Packing> onward = padded ? Optional.of(Packing.of(steps, false)) : Optional.empty();
    Optional<Packing> back =
        backward.isEmpty() ? Optional.empty() : Optional.of(Packing.of(steps, true));
    Tensor zero = Tensor.zeros(x.dtype(), x.device(), x.size(0), (long) cell.states() * each);
    List<Tensor> states = new ArrayList<>();
    Tensor outputs = x;
    for (int i = 0; i < Math.max(forward.size(), backward.size()); i++) {
      Tensor input = i == 0 ? outputs : dropout.forward(outputs);
      List<Run> runs = new ArrayList<>();
      if (!forward.isEmpty()) runs.add(forward.get(i).forward(input, zero, onward));
      if (!backward.isEmpty()) runs.add(backward.get(i).forward(input, zero, back));
      outputs = Tensor.cat(2, runs.stream().map(Run::outputs).toList()); // (B, T, H)
      for (int part = 0; part < cell.states(); part++)
        for (Run run : runs) states.add(run.state().narrow(1, (long) part * each, each));
    }
    return new Run(outputs, Tensor.cat(1, states));
  }
}
