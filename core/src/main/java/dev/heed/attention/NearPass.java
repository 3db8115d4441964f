package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.position.Rotation;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** A pass of which only the newest keys are seen. */
record NearPass(Pass whole, int reach, Mask mask) implements Pass {
  static Pass of(Pass whole, int size) {
    int reach = whole.reach(size);
    Mask newest = whole.mask().last(reach);
    boolean one = whole.apart() || whole.positions().size(1) == 1; // a token of each sequence
    if (one && reach <= size || whole.length() <= size) return new NearPass(whole, reach, newest);
    NearPass wide = new NearPass(whole, reach, newest);
    Tensor queries = whole.positions().unsqueeze(1).unsqueeze(-1); // (B or 1, 1, T, 1)
    Tensor keys = wide.keyPositions().unsqueeze(1).unsqueeze(1); // (B or 1, 1, 1, S)
    return new NearPass(
        whole, reach, newest.within(queries.sub(keys).lt(size))); // (B or 1, 1, T, S)
  }

  @Override
  public Tensor positions() {
    return whole.positions();
  }

  @Override
  public int length() {
    return whole.length();
  }

  @Override
  public Tensor keyPositions() {
    Tensor all = whole.keyPositions(); // (B or 1, S)
    long keys = Math.min(reach, all.size(1));
    return all.narrow(1, all.size(1) - keys, keys);
  }

  @Override
  public boolean apart() {
    return whole.apart();
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v) {
    return whole.extend(layer, k, v, reach);
  }

  @Override
  public KeyValues once(Module layer, Supplier<KeyValues> make) {
    return whole.once(layer, make);
  }

  @Override
  public Optional<Rotation> rotation() {
    return whole.rotation();
  }

  @Override
  public Tensor carry(Module layer, Function<Optional<Tensor>, Tensor> next) {
    return whole.carry(layer, next);
  }
}
