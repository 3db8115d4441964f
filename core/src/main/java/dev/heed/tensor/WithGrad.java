package dev.heed.tensor;

import org.bytedeco.pytorch.GradMode;

/** Switches gradients on within a {@link NoGrad}, on this thread until closed. */
public final class WithGrad implements AutoCloseable {
  private final boolean before;

  private WithGrad() {
    before = GradMode.is_enabled();
    GradMode.set_enabled(true);
  }

  public static WithGrad on() {
    return new WithGrad();
  }

  @Override
  public void close() {
    GradMode.set_enabled(before);
  }
}
