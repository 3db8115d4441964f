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
    move(tensor, inner, outer);
    return tensor;
  }

  /** Takes over a tensor made in the innermost scope, which may be one inside this one. */
  public Tensor adopt(Tensor tensor) {
    move(tensor, PointerScope.getInnerScope(), inner);
    return tensor;
  }

  /** Frees a tensor of this scope now; it must not be used again. */
  public void release(Tensor tensor) {
    inner.detach(tensor.at);
  }

  private static void move(Tensor tensor, PointerScope from, PointerScope to) {
    tensor.at.retainReference(); // or leaving the one scope would free it
    from.detach(tensor.at);
    if (to == null) return;
    to.attach(tensor.at);
    tensor.at.releaseReference();
  }

  @Override
  public void close() {
    inner.close();
  }
}
