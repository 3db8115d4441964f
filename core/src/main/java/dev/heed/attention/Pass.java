package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.position.Rotation;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the layers of a decoder share in one pass: where its tokens stand, which keys they may
 * attend to, and the keys and values of the passes before. A model has one forward for training,
 * which sees whole sequences, and for generating, which sees the newest tokens alone. B batch, T
 * tokens of this pass, S keys: those of the passes before and this one's.
 */
public interface Pass {
  /** INT64 (B or 1, T): the place of each token in its sequence, from 0, padding not counted. */
  Tensor positions();

  /** One more than the greatest of {@link #positions}. */
  int length();

  /** INT64 (B or 1, S): the same for every key. */
  Tensor keyPositions();

  /** Which of the S keys each of the T tokens may attend to. */
  Mask mask();

  /**
   * This pass for layers that see the last {@code size} tokens alone, a token itself among them
   * (sliding windows: Jiang et al. 2023, section 2). What it caches grows no further than that.
   * Layers that ask share one: call it once a pass.
   */
  default Pass near(int size) {
    return NearPass.of(this, size);
  }

  /** How many of the newest keys the tokens of this pass may see within such a window. */
  default int reach(int size) {
    return Integer.MAX_VALUE;
  }

  /**
   * Whether the T tokens are of T sequences, one of each, as a step's hypotheses, and not of one.
   */
  default boolean apart() {
    return false;
  }

  /** The keys and values of {@code layer} so far, these (B, H, T, Dh) and (B, H, T, Dv) added. */
  KeyValues extend(Module layer, Tensor k, Tensor v);

  /**
   * The same of a layer that has asked for the newest {@code reach} alone, and will never ask for
   * more.
   */
  default KeyValues extend(Module layer, Tensor k, Tensor v, int reach) {
    return extend(layer, k, v);
  }

  /** What {@code layer} makes in the first pass and uses in all, such as a memory's keys. */
  KeyValues once(Module layer, Supplier<KeyValues> make);

  /** How far queries and keys are turned, where rotary positions are the mechanism's to apply. */
  default Optional<Rotation> rotation() {
    return Optional.empty();
  }

  /** Whether the keys are those of this pass's tokens, which are of one sequence. */
  default boolean isWhole() {
    return !apart() && positions().size(1) == keyPositions().size(1);
  }

  /**
   * What {@code layer} carries from token to token, such as a recurrence's state (B, …), or (B, K,
   * …) where tokens are {@link #apart}.
   *
   * @param next makes this pass's state of that before, which is empty at first
   * @return this pass's
   */
  default Tensor carry(Module layer, Function<Optional<Tensor>, Tensor> next) {
    return next.apply(Optional.empty());
  }

  /** This pass, in which queries and keys are turned, too. */
  default Pass turned(Rotation by) {
    return new PlacedPass(this, Optional.of(by), mask());
  }

  /** This pass, in which the scores (B or 1, H or 1, T or 1, S) have something added. */
  default Pass plus(Tensor scores) {
    return new PlacedPass(this, rotation(), mask().plus(scores));
  }

  /** The tensors that a pass over whole sequences hangs on: {@link #afresh} reads them. */
  default List<Tensor> tensors() {
    throw new IllegalStateException("only a pass over whole sequences can be made afresh");
  }

  /** The same pass once more, which shares nothing with this one but {@link #tensors}. */
  default Pass afresh() {
    throw new IllegalStateException("only a pass over whole sequences can be made afresh");
  }

  /** Whole sequences (B, T), in which every token sees every other that {@code real} allows. */
  static Pass both(Tensor ids, Mask real) {
    Tensor positions = Tensor.arange(ids.size(1), ids.device()).unsqueeze(0); // (1, T)
    return new WholePass(positions, (int) ids.size(1), real);
  }

  /**
   * Whole sequences, nothing kept: token i may attend to those up to i that {@code real} allows.
   *
   * @param ids (B, T), of which device and length count
   * @param real BOOL (B, T) or {@link Mask#NONE}
   */
  static Pass whole(Tensor ids, Mask real) {
    Tensor positions = Tensor.arange(ids.size(1), ids.device()).unsqueeze(0); // (1, T)
    return new WholePass(positions, (int) ids.size(1), Mask.causal().and(real));
  }

  /**
   * Rows in which documents follow each other: a token may attend to those of its own document, up
   * to itself.
   *
   * @param positions INT64 (B, T), which begin with 0 in each document
   * @param length one more than the greatest of them
   */
  static Pass packed(Tensor positions, int length) {
    Tensor document = positions.eq(0).to(Dtype.INT64).cumsum(1); // (B, T), from 1
    Tensor same = document.unsqueeze(2).sub(document.unsqueeze(1)).eq(0); // (B, T, T)
    return new WholePass(positions, length, Mask.causal().within(same.unsqueeze(1)));
  }
}
