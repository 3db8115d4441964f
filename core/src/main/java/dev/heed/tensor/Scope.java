package dev.heed.tensor;

import org.bytedeco.javacpp.PointerScope;

/**
 * Frees, when it is closed, every tensor made on this thread since it was opened, save those that
 * were {@linkplain #keep kept}. The trainer and the decoders open one a step; without one, native
 * memory waits for the garbage collector, which doesn't see it.
 */
public final class Scope implements AutoCloseable {
  private final PointerScope outer = PointerScope.getInnerScope();
  private final PointerScope inner = new PointerScope();

  private Scope() {}

  public static Scope open() {
    return new Scope();
  }

  /** Lets a tensor outlive this scope: it now belongs to the scope around this one, if any. */
  public Tensor keep(Tensor tensor) {
    // References are counted: closing this scope takes back only the one that it holds itself, so
    // that a tensor of some outer scope's can be kept as well.
    if (outer != null) outer.attach(tensor.at);
    else tensor.at.retainReference();
    return tensor;
  }

  @Override
  public void close() {
    inner.close();
  }
}
