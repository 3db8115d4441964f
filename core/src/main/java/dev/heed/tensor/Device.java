package dev.heed.tensor;

import dev.heed.config.UserError;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;

/** Where a tensor lives: {@code cpu} or {@code cuda:n}. */
public record Device(boolean cuda, int index) {
  public static final Device CPU = new Device(false, 0);

  /**
   * Reads {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:n}; {@code auto} takes the first
   * GPU if there is one.
   *
   * @throws UserError if the name is none of these, or names a GPU that is absent
   */
  public static Device of(String name) {
    Engine.start();
    if (name.equals("cpu")) return CPU;
    long gpus = torch.cuda_is_available() ? torch.cuda_device_count() : 0;
    if (name.equals("auto")) return gpus > 0 ? new Device(true, 0) : CPU;
    if (!name.matches("cuda(:\\d{1,3})?"))
      throw new UserError("no device \"" + name + "\": use auto, cpu, cuda or cuda:n");
    int index = name.length() > 4 ? Integer.parseInt(name.substring(5)) : 0;
    if (index >= gpus)
      throw new UserError(
          "device %s was asked for, but the engine sees %s; use --device cpu, or build with the profile cuda"
              .formatted(name, gpus == 0 ? "no GPU" : gpus + " GPU(s)"));
    return new Device(true, index);
  }

  org.bytedeco.pytorch.Device engine() {
    return cuda
        ? new org.bytedeco.pytorch.Device(DeviceType.CUDA, (byte) index)
        : new org.bytedeco.pytorch.Device(DeviceType.CPU);
  }

  @Override
  public String toString() {
    return cuda ? "cuda:" + index : "cpu";
  }
}
