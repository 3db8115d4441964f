package dev.heed.tensor;

import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * The machine's memory, in bytes, within the limit of the control group (version 1 or 2) that a
 * container or a scheduler sets. Where the system doesn't tell, there is no limit.
 */
public final class HostMemory {
  private static final long KIB = 1024;
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");

  /** Below this, asking the system isn't worth its while. */
  private static final long WORTH_ASKING = 1L << 30;

  private HostMemory() {}

  /** What there is. */
  public static long total() {
    long machine = line(Path.of("/proc/meminfo"), "MemTotal:").orElse(Long.MAX_VALUE / KIB) * KIB;
    return groups().stream().mapToLong(Group::limit).reduce(machine, Math::min);
  }

  /** What a new process could take without anything being swapped out or killed. */
  public static long free() {
    long machine =
        line(Path.of("/proc/meminfo"), "MemAvailable:").orElse(Long.MAX_VALUE / KIB) * KIB;
    return groups().stream().mapToLong(Group::free).reduce(machine, Math::min);
  }

  /**
   * Refuses what can't fit. What this process holds counts as free, since its allocator may have
   * got it back from tensors already; so only what surely fails is refused.
   *
   * @param bytes to be taken at once; less than 1 GiB, or on a GPU, they are never refused
   * @param what they are for, the subject of the sentence
   * @param remedy what to do instead
   * @throws UserError if there are not so many
   */
  public static void require(double bytes, Device device, Supplier<String> what, String remedy) {
    if (bytes < WORTH_ASKING || device.cuda()) return;
    long own = line(Path.of("/proc/self/status"), "RssAnon:").orElse(0) * KIB;
    long free = free();
    if (bytes > (double) free + own)
      throw new UserError(
          "%s needs %s, of %s free: %s".formatted(what.get(), say(bytes), say(free), remedy));
  }

  /** In MiB or GiB, such as {@code 1.5 GiB}. */
  public static String say(double bytes) {
    double mib = bytes / KIB / KIB;
    return mib < KIB
        ? String.format(Locale.ROOT, "%.0f MiB", mib)
        : String.format(Locale.ROOT, "%,.1f GiB", mib / KIB);
  }

  /**
   * A control group with a limit.
   *
   * @param used without file caches, which the kernel gives back
   */
  private record Group(long limit, long used) {
    static Optional<Group> of(Path folder) {
      boolean second = Files.exists(folder.resolve("memory.max"));
      OptionalLong limit = number(folder.resolve(second ? "memory.max" : "memory.limit_in_bytes"));
      OptionalLong used =
          number(folder.resolve(second ? "memory.current" : "memory.usage_in_bytes"));
      if (limit.isEmpty() || used.isEmpty()) return Optional.empty(); // "max" is no number
      String cache = second ? "inactive_file " : "total_inactive_file ";
      long kept = line(folder.resolve("memory.stat"), cache).orElse(0);
      return Optional.of(new Group(limit.getAsLong(), used.getAsLong() - kept));
    }

    long free() {
      return Math.max(0, limit - used);
    }
  }

  /** The groups that this process is in; in a container theirs is the root of what is mounted. */
  private static List<Group> groups() {
    List<Path> folders = new ArrayList<>(List.of(GROUPS, GROUPS.resolve("memory")));
    try (var lines = Files.lines(Path.of("/proc/self/cgroup"))) {
      for (String line : (Iterable<String>) lines::iterator) { // such as 4:memory:/a/b or 0::/a/b
        String[] parts = line.split(":", 3);
        if (!parts[1].isEmpty() && !parts[1].equals("memory")) continue;
        Path root = GROUPS.resolve(parts[1]);
        Path own = root.resolve(parts[2].substring(1));
        for (; !own.equals(root); own = own.getParent()) folders.add(own);
      }
    } catch (IOException e) {
      return List.of(); // not Linux
    }
    return folders.stream().map(Group::of).flatMap(Optional::stream).toList();
  }

  private static OptionalLong number(Path file) {
    try {
      return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  /** The whole number in the first line of a file that begins with {@code name}. */
  private static OptionalLong line(Path file, String name) {
    try (var lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.substring(name.length()).replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }
}
