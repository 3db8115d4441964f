package dev.heed.cli;

import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import picocli.CommandLine.Option;

/** The options of every verb that computes. */
final class EngineOptions {
  static final String HEADING = "%nEngine:%n";

  @Option(
      names = "--device",
      defaultValue = "auto",
      paramLabel = "DEVICE",
      description = "auto, cpu, cuda or cuda:n (default: ${DEFAULT-VALUE}).")
  private String device = "auto";

  @Option(
      names = "--threads",
      defaultValue = "0",
      paramLabel = "N",
      description = "Threads of one operation; 0 takes the engine's choice, the cores it may use.")
  private int threads;

  @Option(
      names = "--precision",
      defaultValue = "auto",
      paramLabel = "P",
      description =
          "float32 matrix products: auto (measured best), highest (OpenBLAS), medium (oneDNN)"
              + " (default: ${DEFAULT-VALUE}).")
  private Engine.Precision precision = Engine.Precision.AUTO;

  /** Sets the engine up for this thread and gives the device. */
  Device start() {
    Device chosen = Device.of(device);
    if (threads != 0) Engine.threads(threads);
    Engine.precision(precision);
    return chosen;
  }
}
