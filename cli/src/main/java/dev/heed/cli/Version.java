package dev.heed.cli;

import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code heed version}: what a report of a fault should name. */
@Command(
    name = "version",
    description = {
      "Print the versions of Heed, its engine, Java and the system, and what the engine computes"
          + " on.",
      "--version prints the first lines of it, without loading the engine."
    },
    footer = {"%nExamples:", "  heed version"})
final class Version implements Runnable, IVersionProvider {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    List<String> lines = new ArrayList<>(List.of(getVersion()));
    lines.addAll(engine(Version::engine));
    lines.forEach(spec.commandLine().getOut()::println);
  }

  @Override
  public String[] getVersion() {
    Properties build = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("build.properties")) {
      build.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new String[] {
      "heed " + build.getProperty("version"),
      "libtorch " + build.getProperty("engine"),
      "Java " + Runtime.version() + ", " + property("os.name") + " " + property("os.arch")
    };
  }

  /** What {@code facts} gives, or why it can't be had: without its engine, Heed has a version. */
  static List<String> engine(Supplier<List<String>> facts) {
    try {
      return facts.get();
    } catch (LinkageError | RuntimeException e) {
      Throwable cause = e;
      while (cause.getCause() != null) cause = cause.getCause();
      String reason = String.valueOf(cause).lines().findFirst().orElse("");
      return List.of("engine: does not load here: " + reason);
    }
  }

  private static List<String> engine() {
    List<String> gpus = Engine.gpus();
    return List.of(
        "engine: libtorch " + Engine.version() + ", loaded",
        "CPU: " + Engine.cpu(),
        "GPU: " + (gpus.isEmpty() ? "none" : String.join(", ", gpus)),
        "threads: %d, of %d cores"
            .formatted(Engine.threads(), Runtime.getRuntime().availableProcessors()),
        "precision: " + Engine.precision().name().toLowerCase(Locale.ROOT),
        "device: " + Device.of("auto"));
  }

  private static String property(String name) {
    return System.getProperty(name);
  }
}
