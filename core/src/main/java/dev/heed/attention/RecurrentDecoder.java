package dev.heed.attention;

import dev.heed.nn.Module;
import dev.heed.nn.Recurrent.Cell;
import dev.heed.nn.Recurrent.Run;
import dev.heed.tensor.Tensor;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * A recurrent decoder, which carries its state from pass to pass. The published ones differ in what
 * they take from the source, and when. B batch, T target length, D model; R rows of K hypotheses
 * when generating.
 */
public abstract class RecurrentDecoder extends Module {
  /**
   * Sizes and choices.
   *
   * @param d D, of embeddings, of the encoder's states and of each layer
   * @param both whether the encoder reads both ways
   * @param dropout between layers
   */
  public record Shape(Cell cell, int d, int layers, boolean both, double dropout) {}

  /** A way to read the source with its options, before the sizes are known. */
  public interface Way {
    RecurrentDecoder decoder(Shape shape);

    /** How its paper starts a model's parameters: writes over that of a dotted name. */
    BiConsumer<String, Tensor> start();
  }

  /**
   * (B, T, D) → (B, T, D), or one token of each of K sequences, (R, K, D).
   *
   * @param y embeddings of the tokens so far
   */
  public final Tensor forward(Tensor y, Memory memory, Pass pass) {
    boolean apart = pass.apart();
    long sequences = apart ? y.size(0) * y.size(1) : y.size(0);
    Tensor inputs = apart ? y.reshape(sequences, 1, y.size(2)) : y; // (N, T, D)
    Tensor[] outputs = new Tensor[1];
    pass.carry(
        this,
        before -> {
          Tensor state =
              before.map(s -> s.reshape(sequences, -1)).orElseGet(() -> first(memory)); // (N, X)
          Run run = run(inputs, state, memory, pass);
          outputs[0] = apart ? run.outputs().reshape(y.shape()) : run.outputs();
          return apart ? run.state().reshape(y.size(0), y.size(1), -1) : run.state();
        });
    return outputs[0];
  }

  /** The state (B, X) before the first token. */
  abstract Tensor first(Memory memory);

  /** (N, T, D) of N sequences, from a state (N, X) on. */
  abstract Run run(Tensor y, Tensor state, Memory memory, Pass pass);

  /**
   * A function of queries (B, T, D) as one of (N, T, D): a step's hypotheses stand where a sequence
   * has its tokens.
   *
   * @param rows R
   */
  static UnaryOperator<Tensor> folded(Pass pass, long rows, UnaryOperator<Tensor> of) {
    if (!pass.apart()) return of;
    return queries ->
        of.apply(queries.reshape(rows, -1, queries.size(2))) // (R, K, D)
            .reshape(queries.shape()); // (R·K, 1, D)
  }

  /**
   * Recurrent matrices stay orthogonal, biases 0; all else is small (Bahdanau et al. 2015, B.1).
   */
  static void orthogonal(String name, Tensor weight) {
    boolean bias = name.matches(".*([bB]ias|kernel\\.b)");
    if (!bias && !name.endsWith("stateWeight")) weight.normal_(0, 0.01);
  }

  /** All that the encoder ended with, (B, layers·states·D). */
  static Tensor last(Memory memory) {
    return memory
        .beside()
        .orElseThrow(() -> new IllegalArgumentException("the encoder is no recurrent one"));
  }

  /** What the encoder's last layer ended with, (B, D). */
  static Tensor top(Memory memory, Shape shape) {
    Tensor last = last(memory);
    long layer = (long) shape.cell().states() * shape.d();
    return last.narrow(1, last.size(1) - layer, shape.d());
  }

  /** The state of layers whose h are (B, layers·D), with an LSTM's c at 0. */
  static Tensor state(Tensor h, Shape shape) {
    Tensor layers = h.view(h.size(0), shape.layers(), shape.d()); // (B, layers, D)
    Tensor whole =
        shape.cell() == Cell.LSTM ? layers.pad(0, shape.d()) : layers; // (B, layers, states·D)
    return whole.reshape(h.size(0), -1);
  }
}
