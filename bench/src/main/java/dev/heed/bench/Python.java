package dev.heed.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The peers that run in Python. Their scripts ({@code bench/peers}) travel in this module's jar and
 * are laid out in the work folder.
 *
 * @param executable a Python with torch and transformers
 */
record Python(Path executable) {
  private static final List<String> SCRIPTS =
      List.of("protocol.py", "marian.py", "train.py", "translate.py", "generate.py");

  /** What the launcher sets for this process alone; the peers choose for themselves. */
  private static final List<String> WITHHELD =
      List.of(
          "MALLOC_MMAP_THRESHOLD_",
          "MALLOC_TRIM_THRESHOLD_",
          "MALLOC_TOP_PAD_",
          "GLIBC_TUNABLES",
          "ONEDNN_MAX_CPU_ISA");

  /**
   * @throws UserError if this Python lacks a package
   */
  Peer start(String name, Path work, String script, String... options) {
    Path scripts = work.resolve("peers");
    for (String each : SCRIPTS) copy(each, scripts);
    check();
    List<String> command =
        new ArrayList<>(List.of(executable.toString(), scripts.resolve(script).toString()));
    command.addAll(List.of("--work", work.toString()));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeAll(WITHHELD);
    return new Peer(name, builder, work.resolve(name.replace(' ', '-') + ".log"));
  }

  private void check() {
    try {
      var asked =
          new ProcessBuilder(executable.toString(), "-c", "import torch, transformers, safetensors")
              .redirectErrorStream(true)
              .start();
      String words = new String(asked.getInputStream().readAllBytes(), UTF_8).strip();
      if (asked.waitFor() != 0)
        throw new UserError(
            "%s cannot import what the peers need (%s): install bench/peers/requirements.txt into it"
                .formatted(executable, words.substring(words.lastIndexOf('\n') + 1)));
    } catch (IOException e) {
      throw new UserError(
          "there is no program %s: give --peer the path of a Python with torch"
              .formatted(executable),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("waiting for " + executable + " was interrupted", e);
    }
  }

  private static void copy(String script, Path folder) {
    try (InputStream in = Python.class.getResourceAsStream("peers/" + script)) {
      Files.createDirectories(folder);
      Files.write(folder.resolve(script), in.readAllBytes());
    } catch (IOException e) {
      throw FileErrors.unwritable(folder.resolve(script), e);
    }
  }
}
