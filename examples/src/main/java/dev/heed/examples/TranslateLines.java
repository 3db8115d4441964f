package dev.heed.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.heed.task.Translator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Translates standard input with a trained model: {@code TranslateLines runs/m30k < test.en}. */
public final class TranslateLines {
  private TranslateLines() {}

  public static void main(String[] args) throws IOException {
    String input = new String(System.in.readAllBytes(), UTF_8);
    translate(Path.of(args[0]), input.lines().toList()).forEach(System.out::println);
  }

  static List<String> translate(Path folder, List<String> lines) {
    // region
    try (Translator translator = Translator.load(folder)) {
      return translator.translate(lines);
    }
    // endregion
  }
}
