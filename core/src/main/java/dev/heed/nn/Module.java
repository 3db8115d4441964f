package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A part of a model: named parameters and named child parts, in the order in which they were
 * declared. What a part computes is its own method, with the arguments that it needs.
 */
public abstract class Module {
  private final Map<String, Tensor> own = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();
  private boolean training = true;

  /** Declares a trainable tensor. */
  protected final Tensor parameter(String name, Tensor initial) {
    own.put(name, initial.requiresGrad(true));
    return initial;
  }

  /** Declares a part; declaring one part under two names ties its weights. */
  protected final <M extends Module> M child(String name, M part) {
    children.put(name, part);
    return part;
  }

  /** Declares parts {@code name.0}, {@code name.1}, … */
  protected final <M extends Module> List<M> children(String name, List<M> parts) {
    for (int i = 0; i < parts.size(); i++) child(name + "." + i, parts.get(i));
    return parts;
  }

  /** Every parameter under its dotted name; a tied one stands once, under its first name. */
  public final Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    Map<Tensor, Boolean> seen = new IdentityHashMap<>();
    visit(
        "",
        (prefix, module) ->
            module.own.forEach(
                (name, tensor) -> {
                  if (seen.put(tensor, true) == null) all.put(prefix + name, tensor);
                }));
    return all;
  }

  /** Calls {@code visitor} with the dotted prefix ({@code ""} or ending in a dot) of each part. */
  public final void visit(String prefix, BiConsumer<String, Module> visitor) {
    visitor.accept(prefix, this);
    children.forEach((name, child) -> child.visit(prefix + name + ".", visitor));
  }

  /** The number of trainable values. */
  public final long parameterCount() {
    return parameters().values().stream().mapToLong(Tensor::count).sum();
  }

  /** The parameters alone, in order. */
  public final Collection<Tensor> weights() {
    return new ArrayList<>(parameters().values());
  }

  /** Switches dropout on (the state of a new module) or off, here and below. */
  public final void training(boolean on) {
    visit("", (prefix, module) -> module.training = on);
  }

  protected final boolean training() {
    return training;
  }

  /** Moves every parameter; call it before an optimizer has taken them. */
  public final void to(Device device) {
    visit("", (prefix, module) -> module.own.values().forEach(t -> t.moveTo(device)));
  }
}
