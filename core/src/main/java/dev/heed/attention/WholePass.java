package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A pass over whole sequences, as in training. */
record WholePass(Tensor positions, int length, Mask mask) implements Pass {
  @Override
  public Tensor keyPositions() {
    return positions;
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v) {
    return new KeyValues(k, v);
  }

  @Override
  public List<Tensor> tensors() {
    return Stream.concat(Stream.of(positions), mask.tensors().stream()).toList();
  }

  @Override
  public Pass afresh() {
    return new WholePass(positions, length, mask.afresh());
  }

  @Override
  public KeyValues once(Module layer, Supplier<KeyValues> make) {
    return make.get();
  }
}
