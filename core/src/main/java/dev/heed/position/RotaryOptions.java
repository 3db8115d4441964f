package dev.heed.position;

import dev.heed.config.Doc;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** {@link Rotary} by name; the whole of each head is turned. */
public record RotaryOptions(
    @Doc("which features make a pair") Rotary.Layout layout,
    @Doc("the base of the frequencies") double base,
    @Doc("how frequencies are changed for longer texts than those trained on") Scaling scaling,
    @Doc("how much longer they get") double factor,
    @Doc("the longest text trained on, in tokens; the model's positions if 0") int original)
    implements Position.Options {

  /** Ways to change frequencies, all of which turn a key alike however long the text gets. */
  public enum Scaling {
    NONE,
    /** Positions are divided by the factor (Chen et al. 2023, section 2.3). */
    LINEAR,
    /** base · factor^(Dr/(Dr − 2)) (bloc97 2023, "NTK-Aware Scaled RoPE"). */
    NTK,
    /** High frequencies stay, low ones are divided, those between in part (Peng et al. 2023). */
    YARN,
    /** The same by other bounds (Llama 3.1's reference code). */
    LLAMA3
  }

  public static final RotaryOptions DEFAULT =
      new RotaryOptions(Rotary.Layout.HALVES, 10_000, Scaling.NONE, 1, 0);

  public RotaryOptions {
    if (!(base > 0)) throw new IllegalArgumentException("base must be above 0, not " + base);
    if (!(factor >= 1)) throw new IllegalArgumentException("factor must be at least 1: " + factor);
    if (original < 0) throw new IllegalArgumentException("original can't be " + original);
  }

  @Override
  public Position.Means means() {
    return Position.Means.ROTATION;
  }

  @Override
  public Position position(Position.Stack stack) {
    int size = stack.headSize();
    if (size % 2 != 0)
      throw new IllegalArgumentException(
          "pairs of features are turned, and a head has %d of them (d / heads): choose d and heads so that they are even"
              .formatted(size));
    if (scaling == Scaling.NTK && size == 2)
      throw new IllegalArgumentException(
          "scaling ntk has nothing to slow in heads of 2 features (d / heads): choose fewer heads");
    return new Rotary(config(size), size, stack.positions(), layout);
  }

  private RotaryConfig config(int size) {
    if (scaling == Scaling.NONE) return RotaryConfig.plain(base);
    if (scaling == Scaling.NTK)
      return RotaryConfig.plain(base * Math.pow(factor, size / (size - 2.0)));
    boolean llama = scaling == Scaling.LLAMA3;
    OptionalDouble none = OptionalDouble.empty();
    return new RotaryConfig(
        RotaryConfig.Scaling.valueOf(scaling.name()),
        base,
        none,
        OptionalDouble.of(factor),
        original == 0 ? OptionalInt.empty() : OptionalInt.of(original),
        llama ? OptionalDouble.of(1) : none, // as Llama 3.1 has them
        llama ? OptionalDouble.of(4) : none,
        none,
        none,
        none,
        none,
        none,
        Optional.empty());
  }
}
