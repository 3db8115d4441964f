package dev.heed.attention;

import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The passes of one generation: the first over the prompts, if there are any, then one for each
 * step, in which the K hypotheses of a row stand where a whole sequence has its tokens, (R, K, D).
 *
 * <p>Nothing cached is ever reordered: a step's entries stand behind those of the step before, and
 * each hypothesis attends to the prompt and to the entries of its own ancestors. Beams thus share
 * one batched product, and following a parent costs a few bits instead of a copy of the caches.
 *
 * <p>Its tensors belong to its own scope, which is open until {@link #close}.
 */
public final class BeamPass implements Pass, AutoCloseable {
  private final Scope lifetime = Scope.open();
  private final Map<Module, BeamCache> caches = new IdentityHashMap<>();
  private final Map<Module, KeyValues> constants = new IdentityHashMap<>();
  private final Map<Module, Tensor> states = new IdentityHashMap<>(); // (R, …) or (R, K, …)
  private final int beams;
  private final int capacity;
  private final int prompt;
  private final Device device;
  private int[] pads; // [row] = padding before its prompt
  private int[][] ancestors; // [row·K + hypothesis][step] = the hypothesis of that step
  private int steps;
  private Mask mask = Mask.NONE;

  /**
   * @param pads (R) how many of the first tokens of each row's prompt are padding
   * @param prompt P tokens, padding with them, that the hypotheses of a row share; 0 for none
   * @param beams K
   * @param capacity the most steps that may follow
   */
  public BeamPass(int[] pads, int prompt, int beams, int capacity, Device device) {
    this.pads = pads.clone();
    this.prompt = prompt;
    this.beams = beams;
    this.capacity = capacity;
    this.device = device;
    this.ancestors = new int[pads.length * beams][capacity];
    if (prompt > 0) mask = padded() ? Mask.causal().and(realPrompt()) : Mask.causal();
  }

  /** Opens the next step: hypothesis i now extends {@code parents[i]} of its row. */
  public void advance(int[] parents) {
    if (steps == capacity)
      throw new IllegalStateException("the cache holds " + capacity + " steps and is full");
    int[][] next = new int[ancestors.length][];
    for (int i = 0; i < next.length; i++) {
      next[i] = ancestors[i / beams * beams + parents[i]].clone();
      next[i][steps] = i % beams;
    }
    ancestors = next;
    states.replaceAll((layer, state) -> replace(state, follow(state, parents)));
    steps++;
    mask = beams == 1 && !padded() ? Mask.NONE : Mask.ofFullRows(allowed());
  }

  /** The states (R, K, …) of the parents: a prompt's (R, …) is every hypothesis's at first. */
  private Tensor follow(Tensor state, int[] parents) {
    if (steps == 0) return state.unsqueeze(1).repeatInterleave(1, beams); // (R, K, …)
    int[] from = new int[parents.length];
    for (int i = 0; i < from.length; i++) from[i] = i / beams * beams + parents[i];
    Tensor index = Tensor.of(from, from.length).to(device);
    long[] shape = state.shape();
    return state.reshape(merged(shape)).indexSelect(0, index).view(shape);
  }

  /** (R, K, …) as (R·K, …). */
  private static long[] merged(long[] shape) {
    long[] flat = Arrays.copyOfRange(shape, 1, shape.length);
    flat[0] = shape[0] * shape[1];
    return flat;
  }

  private Tensor replace(Tensor old, Tensor by) {
    lifetime.release(old);
    return lifetime.adopt(by);
  }

  /** Goes on with these rows alone, in this order. */
  public void keep(int[] rows) {
    int[][] kept = new int[rows.length * beams][];
    for (int i = 0; i < kept.length; i++) kept[i] = ancestors[rows[i / beams] * beams + i % beams];
    ancestors = kept;
    pads = Arrays.stream(rows).map(row -> pads[row]).toArray();
    Tensor index = Tensor.of(rows, rows.length).to(device);
    caches.values().forEach(cache -> cache.keep(index));
    constants.replaceAll((layer, pair) -> keep(pair, index));
    states.replaceAll((layer, state) -> replace(state, state.indexSelect(0, index)));
    lifetime.release(index);
  }

  private KeyValues keep(KeyValues pair, Tensor rows) {
    KeyValues kept =
        new KeyValues(pair.keys().indexSelect(0, rows), pair.values().indexSelect(0, rows));
    lifetime.release(pair.keys());
    lifetime.release(pair.values());
    return new KeyValues(lifetime.adopt(kept.keys()), lifetime.adopt(kept.values()));
  }

  public int rows() {
    return pads.length;
  }

  public int beams() {
    return beams;
  }

  @Override
  public Tensor positions() {
    if (steps == 0) return keyPositions(); // (R, P)
    long[] places = new long[rows() * beams];
    for (int i = 0; i < places.length; i++) places[i] = prompt - pads[i / beams] + steps - 1;
    return Tensor.of(places, rows(), beams).to(device); // (R, K)
  }

  @Override
  public int length() {
    return prompt - Arrays.stream(pads).min().orElse(0) + steps;
  }

  @Override
  public Tensor keyPositions() {
    int keys = keys();
    long[] places = new long[rows() * keys];
    for (int row = 0; row < rows(); row++)
      for (int key = 0; key < keys; key++) {
        int place = key < prompt ? key : prompt + (key - prompt) / beams;
        places[row * keys + key] = Math.max(0, place - pads[row]);
      }
    return Tensor.of(places, rows(), keys).to(device); // (R, S)
  }

  @Override
  public Mask mask() {
    return mask;
  }

  @Override
  public boolean apart() {
    return steps > 0;
  }

  /** A prompt's tokens and a step each stand at one place, whatever hypotheses it has. */
  @Override
  public int reach(int size) {
    int here = steps == 0 ? prompt : 1;
    int places = Math.min(prompt + steps - here, size - 1) + here;
    return places <= steps ? places * beams : steps * beams + places - steps;
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v) {
    return extend(layer, k, v, Integer.MAX_VALUE);
  }

  @Override
  public KeyValues extend(Module layer, Tensor k, Tensor v, int reach) {
    BeamCache cache = caches.get(layer);
    if (cache == null) {
      cache = new BeamCache(k, v, keys(), beams, lifetime);
      caches.put(layer, cache);
    }
    return cache.append(k, v, reach);
  }

  /** The most entries that any layer has room for. */
  long room() {
    return caches.values().stream().mapToLong(BeamCache::capacity).max().orElse(0);
  }

  @Override
  public KeyValues once(Module layer, Supplier<KeyValues> make) {
    KeyValues known = constants.get(layer);
    if (known != null) return known;
    KeyValues made = make.get();
    constants.put(layer, made);
    lifetime.adopt(made.keys());
    lifetime.adopt(made.values());
    return made;
  }

  @Override
  public Tensor carry(Module layer, Function<Optional<Tensor>, Tensor> next) {
    Optional<Tensor> before = Optional.ofNullable(states.get(layer));
    Tensor state = lifetime.adopt(next.apply(before));
    states.put(layer, state);
    before.ifPresent(lifetime::release);
    return state;
  }

  /** S = P + K·steps. */
  private int keys() {
    return prompt + beams * steps;
  }

  private boolean padded() {
    return Arrays.stream(pads).anyMatch(pad -> pad > 0);
  }

  private Mask realPrompt() {
    boolean[] real = new boolean[rows() * prompt];
    for (int row = 0; row < rows(); row++)
      Arrays.fill(real, row * prompt + pads[row], (row + 1) * prompt, true);
    return Mask.padding(Tensor.of(real, rows(), prompt).to(device));
  }

  /** BOOL (R, 1, K, S). */
  private Tensor allowed() {
    int keys = keys();
    boolean[] allowed = new boolean[ancestors.length * keys];
    for (int i = 0; i < ancestors.length; i++) {
      Arrays.fill(allowed, i * keys + pads[i / beams], i * keys + prompt, true);
      for (int t = 0; t < steps; t++)
        allowed[i * keys + prompt + t * beams + ancestors[i][t]] = true;
    }
    return Tensor.of(allowed, rows(), 1, beams, keys).to(device);
  }

  @Override
  public void close() {
    lifetime.close();
  }
}
