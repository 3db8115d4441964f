package dev.heed.lab;

import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.tensor.Engine;
import dev.heed.tensor.HostMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What all rows of a study have in common.
 *
 * @param facts the machine, the versions and the options that tell on a row, in words
 * @param command the command line, which may differ when a study goes on
 */
public record Setup(Map<String, String> facts, String command) {
  private static final String FILE = "study.json";

  /** The machine and the engine as they are, and what the study adds. */
  public static Setup here(String version, Map<String, ?> options, String command) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("processor", Engine.cpu());
    facts.put("threads", Integer.toString(Engine.threads()));
    facts.put("memory", HostMemory.say(HostMemory.total()));
    facts.put("products", Engine.precision().name().toLowerCase(Locale.ROOT));
    facts.put("heed", version);
    facts.put("libtorch", Engine.version());
    facts.put("java", Runtime.version().toString());
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    options.forEach((name, value) -> facts.put(name, String.valueOf(value)));
    return new Setup(facts, command);
  }

  /**
   * Takes a folder for this set-up.
   *
   * @throws UserError if its rows were measured with another
   */
  void claim(Path out) {
    Path file = out.resolve(FILE);
    if (Files.exists(file)) {
      Map<String, String> before = Configs.fromJson(file, Setup.class).facts();
      facts.forEach(
          (name, value) -> {
            String was = before.getOrDefault(name, "not told");
            if (!was.equals(value))
              throw new UserError(
                  "the rows in %s were measured with another set-up (%s: %s, now %s): give another --out"
                      .formatted(out, name, was, value));
          });
    }
    AtomicFile.write(file, Configs.toJson(this));
  }
}
