package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Another pass, in which queries and keys are turned, or scores have something added. */
record PlacedPass(Pass pass, Optional<Rotation> rotation, Mask mask) implements Pass {
  @Override
  public Tensor positions() {
    return pass.positions();
  }

  @Override
  public int length() {
    return pass.length();
  }

  @Override
  public Tensor keyPositions() {
    return pass.keyPositions();
  }

  @Override
  public boolean apart() {
    return pass.apart();
  }

  @Override
  public int reach(int size) {
    return pass.reach(size);
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v) {
    return pass.extend(layer, k, v);
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v, int reach) {
    return pass.extend(layer, k, v, reach);
  }

  @Override
  public KeyValues once(Module layer, Supplier<KeyValues> make) {
    return pass.once(layer, make);
  }

  @Override
  public Tensor carry(Module layer, Function<Optional<Tensor>, Tensor> next) {
    return pass.carry(layer, next);
  }
}
