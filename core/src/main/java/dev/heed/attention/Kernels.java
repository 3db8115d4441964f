package dev.heed.attention;

import dev.heed.config.UserError;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The attention kernels by the names that recipes and config.json use. */
public final class Kernels {
  /** Makes a kernel for a number of heads of a size. */
  private interface Factory {
    Kernel create(int heads, int headSize);
  }

  private static final Map<String, Factory> BY_NAME =
      new TreeMap<>(
          Map.of(
              "scaled_dot_product",
              (heads, size) -> new ScaledDotProduct(),
              "additive",
              Additive::new));

  private Kernels() {}

  /** Every name that {@link #create} knows, in order. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(BY_NAME.keySet());
  }

  /**
   * Makes a kernel with weights of its own.
   *
   * @throws UserError if no kernel has this name
   */
  public static Kernel create(String name, int heads, int headSize) {
    Factory factory = BY_NAME.get(name);
    if (factory == null) throw new UserError("no attention \"" + name + "\": known are " + names());
    return factory.create(heads, headSize);
  }
}
