package dev.heed.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code heed version}: what a report of a fault should name. */
@Command(
    name = "version",
    description = "Print the versions of Heed, its engine, Java and the system.",
    footer = {"%nExamples:", "  heed version"})
final class Version implements Runnable, IVersionProvider {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    for (String line : getVersion()) {
      spec.commandLine().getOut().println(line);
    }
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

  private static String property(String name) {
    return System.getProperty(name);
  }
}
