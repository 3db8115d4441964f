package dev.heed.tensor;

import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Lets matrix products on this thread compute in bfloat16 until closed, while weights, sums and
 * norms stay in float32 (Micikevicius et al. 2018; bfloat16 needs no loss scaling).
 */
public final class Autocast implements AutoCloseable {
  private final DeviceType type;
  private final boolean before;
  private final ScalarType dtypeBefore;

  private Autocast(Device device, boolean enabled) {
    Engine.start();
    type = device.cuda() ? DeviceType.CUDA : DeviceType.CPU;
    before = torch.is_autocast_enabled(type);
    dtypeBefore = torch.get_autocast_dtype(type);
    torch.set_autocast_dtype(type, ScalarType.BFloat16);
    torch.set_autocast_enabled(type, enabled);
  }

  public static Autocast bfloat16(Device device) {
    return new Autocast(device, true);
  }

  /** Full precision inside an autocast region. */
  public static Autocast off(Device device) {
    return new Autocast(device, false);
  }

  /** What is in force on this thread now, to be in force again later, maybe on another. */
  public static Supplier<Autocast> now(Device device) {
    boolean enabled = torch.is_autocast_enabled(device.cuda() ? DeviceType.CUDA : DeviceType.CPU);
    return () -> new Autocast(device, enabled);
  }

  @Override
  public void close() {
    torch.set_autocast_enabled(type, before);
    torch.set_autocast_dtype(type, dtypeBefore);
    torch.clear_cache(); // the bfloat16 copies of this region's weights
  }
}
