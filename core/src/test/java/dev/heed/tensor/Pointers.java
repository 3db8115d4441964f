package dev.heed.tensor;

import org.bytedeco.javacpp.Pointer;

/** How many native objects are held, for tests that must not know the engine. */
public final class Pointers {
  private Pointers() {}

  public static long count() {
    return Pointer.totalCount();
  }
}
