package dev.heed.tensor;

import org.bytedeco.pytorch.GradMode;

/** Switches gradients off on this thread until closed: {@code try (var off = NoGrad.on()) {…}}. */
public final class NoGrad implements AutoCloseable {
  private final boolean before;

  private NoGrad() {
    Engine.start();
    before = GradMode.is_enabled();
    GradMode.set_enabled(false);
  }

  public static NoGrad on() {
    return new NoGrad();
  }

  /** Whether gradients are switched off on this thread. */
  static boolean isOn() {
    return !GradMode.is_enabled();
  }

  @Override
  public void close() {
    GradMode.set_enabled(before);
  }
}
