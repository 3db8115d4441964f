package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A row of weights for each token id, (V, D). */
public final class Embedding extends Module {
  /** No row is left untrained. */
  public static final int NO_PADDING = -1;

  private final Tensor weight;
  private final int padding;
  private Optional<Embedding> first = Optional.empty();

  /**
   * Starts from N(0, 1/D), so that rows scaled by √D, and logits against them, have unit variance.
   *
   * @param padding the id whose look-ups don't train its row
   */
  public Embedding(long vocabulary, long size, int padding) {
    this(vocabulary, size, padding, 1 / Math.sqrt(size));
  }

  /** Starts from N(0, deviation²). */
  public Embedding(long vocabulary, long size, int padding, double deviation) {
    this.padding = padding;
    this.weight = parameter("weight", Init.normal(deviation, vocabulary, size));
  }

  /** With the look-ups of {@code padding}, if there is such an id, not training its row. */
  public static Embedding padded(long vocabulary, long size, OptionalInt padding) {
    return new Embedding(vocabulary, size, padding.orElse(NO_PADDING));
  }

  /** INT64 ids (B, T) → (B, T, D). */
  public Tensor forward(Tensor ids) {
    if (first.isEmpty()) return weight.embedding(ids, padding);
    long batch = ids.size(0);
    Tensor vectors = first.get().weight;
    long given = vectors.size(0);
    Tensor looked = weight.embedding(ids.narrow(1, given, ids.size(1) - given), padding);
    return Tensor.cat(1, List.of(vectors.unsqueeze(0).expand(batch, -1, -1), looked));
  }

  /**
   * From now on the first N ids of each row stand for the rows (N, D) of another table, which is a
   * part of this one, whatever they are.
   */
  public void begin(Embedding vectors) {
    first = Optional.of(child("first", vectors));
  }

  /** Ends {@link #begin}. */
  public void endBeginning() {
    first.ifPresent(this::drop);
    first = Optional.empty();
  }

  public Tensor weight() {
    return weight;
  }
}
