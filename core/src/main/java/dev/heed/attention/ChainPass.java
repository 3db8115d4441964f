package dev.heed.attention;

import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The passes over one sequence, (1, T, D) each, of any number of tokens, which can be taken back:
 * for tokens that are proposed before they are accepted.
 *
 * <p>Its tensors belong to its own scope, which is open until {@link #close}.
 */
public final class ChainPass implements Pass, AutoCloseable {
  private final Scope lifetime = Scope.open();
  private final Map<Module, BeamCache> caches = new IdentityHashMap<>();
  private final Device device;
  private int before; // tokens of the passes before this one
  private int now; // tokens of this pass

  public ChainPass(Device device) {
    this.device = device;
  }

  /** Opens the next pass. */
  public void advance(int tokens) {
    before += now;
    now = tokens;
  }

  /**
   * Forgets all but the first tokens.
   *
   * @param length how many to know
   * @return how many are known: none if a window's keys from so far back are gone
   */
  public int truncate(int length) {
    boolean there = caches.values().stream().allMatch(cache -> cache.reaches(length));
    before = there ? length : 0;
    now = 0;
    caches.values().forEach(cache -> cache.truncate(before));
    return before;
  }

  @Override
  public Tensor positions() {
    return keyPositions().narrow(1, before, now); // (1, T)
  }

  @Override
  public int length() {
    return before + now;
  }

  @Override
  public Tensor keyPositions() {
    return Tensor.arange(length(), device).unsqueeze(0); // (1, S)
  }

  @Override
  public Mask mask() {
    return now == 1 ? Mask.NONE : Mask.causal();
  }

  @Override
  public int reach(int size) {
    return Math.min(before, size - 1) + now;
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v) {
    return extend(layer, k, v, Integer.MAX_VALUE);
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v, int reach) {
    BeamCache cache = caches.get(layer);
    if (cache == null) {
      cache = new BeamCache(k, v, now, 1, lifetime);
      caches.put(layer, cache);
    }
    return cache.append(k, v, reach);
  }

  @Override
  public KeyValues once(Module layer, Supplier<KeyValues> make) {
    return make.get();
  }

  @Override
  public Tensor carry(Module layer, Function<Optional<Tensor>, Tensor> next) {
    throw new UserError(
        "this model carries a state from token to token, which can't be taken back: decode without a draft model");
  }

  @Override
  public void close() {
    lifetime.close();
  }
}
