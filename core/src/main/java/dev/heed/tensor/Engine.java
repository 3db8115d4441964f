package dev.heed.tensor;

import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/** The engine as a whole: its start, its threads, its precision. */
public final class Engine {
  /** How float32 matrix products are computed (docs/decisions/0002-matrix-products.md). */
  public enum Precision {
    /** By measurement: oneDNN, except on a processor that would silently round to bfloat16. */
    AUTO,
    /** OpenBLAS, always true float32. */
    HIGHEST,
    /** oneDNN: true float32, but bfloat16 on processors with AMX. */
    MEDIUM
  }

  static {
    // JavaCPP asks the kernel for the process's size at every allocation unless told not to.
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    Loader.load(torch.class);
    Native.precision(resolve(Precision.AUTO));
  }

  private Engine() {}

  /** Loads the engine if it isn't yet; every entry to this package passes here. */
  static void start() {}

  /** Threads of one operation; call it from the thread that computes. */
  public static void threads(int threads) {
    if (threads < 1) throw new UserError("threads must be at least 1, not " + threads);
    torch.set_num_threads(threads);
    openblas_nolapack.blas_set_num_threads(threads);
  }

  public static int threads() {
    return torch.get_num_threads();
  }

  public static void precision(Precision precision) {
    Native.precision(resolve(precision));
  }

  private static Precision resolve(Precision precision) {
    if (precision != Precision.AUTO) return precision;
    // With oneDNN held below AMX (the launcher does that), MEDIUM is true float32 everywhere.
    String limit = System.getenv().getOrDefault("ONEDNN_MAX_CPU_ISA", "DEFAULT");
    boolean held = !limit.equals("DEFAULT") && !limit.contains("AMX");
    return cpuFlags().contains(" amx_bf16") && !held ? Precision.HIGHEST : Precision.MEDIUM;
  }

  public static Precision precision() {
    return Native.precision();
  }

  /** libtorch's version and its binding's, such as {@code 2.10.0-1.5.13}. */
  public static String version() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** The processor's model name and the vector extensions that matter here. */
  public static String cpu() {
    String flags = cpuFlags();
    StringBuilder found = new StringBuilder(cpuInfo("model name"));
    for (String flag : new String[] {"avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"})
      if (flags.contains(" " + flag + " ")) found.append(' ').append(flag);
    return found.toString();
  }

  /** The NVIDIA GPUs of this machine by name, also where this build can't use them. */
  public static List<String> gpus() {
    List<String> names = new ArrayList<>();
    try (var gpus = Files.newDirectoryStream(Path.of("/proc/driver/nvidia/gpus"))) {
      for (Path gpu : gpus) names.add(value(gpu.resolve("information"), "Model").orElse("unknown"));
    } catch (IOException e) {
      return List.of(); // no driver, or not Linux
    }
    return names;
  }

  private static String cpuFlags() {
    return " " + cpuInfo("flags") + " ";
  }

  private static String cpuInfo(String key) {
    try {
      return value(Path.of("/proc/cpuinfo"), key).orElse("unknown");
    } catch (IOException e) {
      return System.getProperty("os.arch"); // not Linux
    }
  }

  /** What stands behind the colon in the first line that begins with {@code key}. */
  private static Optional<String> value(Path file, String key) throws IOException {
    try (var lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip());
    }
  }

  /** The context object, apart so that {@link Engine}'s own initialiser can use it. */
  private static final class Native {
    static void precision(Precision precision) {
      torch.globalContext().setFloat32MatmulPrecision(precision.name().toLowerCase(Locale.ROOT));
    }

    static Precision precision() {
      String name = torch.globalContext().float32MatmulPrecision().intern().name();
      return name.equalsIgnoreCase("highest") ? Precision.HIGHEST : Precision.MEDIUM;
    }
  }
}
