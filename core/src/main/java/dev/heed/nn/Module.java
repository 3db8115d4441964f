package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * A part of a model: named parameters and named child parts, in the order in which they were
 * declared. What a part computes is its own method, with the arguments that it needs.
 */
public abstract class Module {
  private final Map<String, Tensor> own = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final Map<String, List<Long>> blocks = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();
  private boolean training = true;
  private Optional<Consumer<Shown>> watcher = Optional.empty();

  /**
   * A value on its way through a model.
   *
   * @param part the dotted name of the part that showed it, empty for the model itself
   * @param name what it is, such as {@code attentions}
   */
  public record Shown(String part, String name, Tensor value) {}

  /** Declares a trainable tensor. */
  protected final Tensor parameter(String name, Tensor initial) {
    own.put(name, initial.requiresGrad(true));
    return initial;
  }

  /** Declares a trainable tensor that stacks several of these numbers of rows. */
  protected final Tensor parameter(String name, Tensor initial, List<Long> rows) {
    blocks.put(name, rows);
    return parameter(name, initial);
  }

  /** Declares a tensor that is stored with the weights and not trained, such as a running mean. */
  protected final Tensor buffer(String name, Tensor initial) {
    buffers.put(name, initial);
    return initial;
  }

  /** Declares a part; declaring one part under two names ties its weights. */
  protected final <M extends Module> M child(String name, M part) {
    children.put(name, part);
    return part;
  }

  /** Takes a part away. */
  protected final void drop(Module part) {
    children.values().remove(part);
  }

  /** Declares parts {@code name.0}, {@code name.1}, … */
  protected final <M extends Module> List<M> children(String name, List<M> parts) {
    for (int i = 0; i < parts.size(); i++) child(name + "." + i, parts.get(i));
    return parts;
  }

  /** The same for so many parts, made one after the other. */
  protected final <M extends Module> List<M> children(String name, int count, IntFunction<M> make) {
    List<M> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) parts.add(make.apply(i));
    return children(name, parts);
  }

  /** Every parameter under its dotted name; a tied one stands once, under its first name. */
  public final Map<String, Tensor> parameters() {
    return named(module -> module.own);
  }

  /** Every {@link #buffer} under its dotted name. */
  public final Map<String, Tensor> buffers() {
    return named(module -> module.buffers);
  }

  /** Of the parameters that stack several: how many rows each of those has. */
  public final Map<String, List<Long>> blocks() {
    Map<String, List<Long>> all = new LinkedHashMap<>();
    visit(
        "",
        (prefix, module) -> module.blocks.forEach((name, rows) -> all.put(prefix + name, rows)));
    return all;
  }

  private Map<String, Tensor> named(Function<Module, Map<String, Tensor>> tensors) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    Map<Tensor, Boolean> seen = new IdentityHashMap<>();
    visit(
        "",
        (prefix, module) ->
            tensors
                .apply(module)
                .forEach(
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

  /** The parameters that are trained: all, unless some were frozen. */
  public final Map<String, Tensor> trained() {
    Map<String, Tensor> trained = parameters();
    trained.values().removeIf(weight -> !weight.requiresGrad());
    return trained;
  }

  /** The number of values in all parameters. */
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

  /** Moves every parameter and buffer; call it before an optimizer has taken them. */
  public final void to(Device device) {
    visit(
        "",
        (prefix, module) -> {
          module.own.values().forEach(t -> t.moveTo(device));
          module.buffers.values().forEach(t -> t.moveTo(device));
        });
  }

  /**
   * Gives all that this and the parts below show in later passes to {@code watcher}, in order. A
   * part may free what it made when it ends: {@link dev.heed.tensor.Scope#keeper} keeps it.
   */
  public final void watch(Consumer<Shown> watcher) {
    visit(
        "",
        (prefix, module) -> {
          String part = prefix.isEmpty() ? "" : prefix.substring(0, prefix.length() - 1);
          module.watcher =
              Optional.of(shown -> watcher.accept(new Shown(part, shown.name(), shown.value())));
        });
  }

  /** Ends {@link #watch}. */
  public final void unwatch() {
    visit("", (prefix, module) -> module.watcher = Optional.empty());
  }

  /** Shows a value that is computed anyway, and hands it on. */
  protected final Tensor show(String name, Tensor value) {
    show(name, () -> value);
    return value;
  }

  /** Shows a value that is computed only if somebody watches. */
  protected final void show(String name, Supplier<Tensor> value) {
    watcher.ifPresent(watching -> watching.accept(new Shown("", name, value.get())));
  }
}
