package dev.heed.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The parts of one sort that a {@link Kind} can name, each with a record of options and a factory.
 * A registry is a constant, written in one place, one line a part:
 *
 * <pre>{@code
 * static final Registry<Kernel> ALL =
 *     Registry.<Kernel>of("attention")
 *         .add("additive", Additive.Config.DEFAULT, Additive::new)
 *         .add("dot", Dot::new);
 * }</pre>
 *
 * @param <T> what the parts are
 */
public final class Registry<T> {
  private record Part<T>(Record defaults, Function<Record, T> factory) {}

  private record NoOptions() {}

  private final String what;
  private final Map<String, Part<T>> parts;

  private Registry(String what, Map<String, Part<T>> parts) {
    this.what = what;
    this.parts = parts;
  }

  /** An empty registry; {@code what} names its parts in messages: "unknown attention foo". */
  public static <T> Registry<T> of(String what) {
    return new Registry<>(what, Map.of());
  }

  /**
   * This registry and one more part.
   *
   * @throws IllegalArgumentException if the name is taken
   */
  public <O extends Record> Registry<T> add(
      String name, O defaults, Function<? super O, ? extends T> factory) {
    if (parts.containsKey(name)) {
      throw new IllegalArgumentException("two of " + what + " are called " + name);
    }
    @SuppressWarnings("unchecked") // options() makes each part's options from its own defaults
    Function<Record, T> of = options -> factory.apply((O) options);
    var all = new LinkedHashMap<>(parts);
    all.put(name, new Part<>(defaults, of));
    return new Registry<>(what, all);
  }

  /** This registry and one more part, which is its own options. */
  public <O extends Record> Registry<T> with(String name, O defaults) {
    @SuppressWarnings("unchecked") // the caller's to see to: Java can't say "a record that is a T"
    Function<O, T> itself = options -> (T) options;
    return add(name, defaults, itself);
  }

  /** This registry and one more part, which has no options. */
  public Registry<T> add(String name, Supplier<? extends T> factory) {
    return add(name, new NoOptions(), none -> factory.get());
  }

  /** All names, in the order added. */
  public List<String> names() {
    return List.copyOf(parts.keySet());
  }

  /**
   * The part that {@code kind} names, with its options.
   *
   * @throws UserError as {@link #options}
   */
  public T create(Kind kind) {
    return part(kind).factory().apply(options(kind));
  }

  /**
   * The options of {@code kind}, laid on that part's defaults. Called in the compact constructor of
   * the record that holds the kind, it finds a mistake while the file and line are still known.
   *
   * @throws UserError if the kind or an option is unknown (the nearest is named), or a value wrong
   */
  public Record options(Kind kind) {
    Node written = Node.of(kind.options(), what + " " + kind.kind());
    return Binder.bind(part(kind).defaults(), written);
  }

  private Part<T> part(Kind kind) {
    Part<T> part = parts.get(kind.kind());
    if (part != null) return part;
    String hint =
        Suggest.nearest(kind.kind(), parts.keySet())
            .map(near -> "did you mean " + near + "?")
            .orElse("choose one of " + String.join(", ", parts.keySet()));
    throw new UserError("unknown " + what + " " + kind.kind() + "; " + hint);
  }
}
