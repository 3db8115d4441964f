package dev.heed.cli;

import dev.heed.config.UserError;
import dev.heed.data.Lines;
import dev.heed.text.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed tokenizer decode}. */
@Command(
    name = "decode",
    description = "Print the text of the token ids on each line, without special tokens.",
    footer = {
      "%nExamples:",
      "  heed tokenizer decode --model runs/m30k test.ids",
      "  echo '17 42 2' | heed tokenizer decode --model tokenizer.json"
    })
final class TokenizerDecode implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE|DIR|ORG/NAME",
      description = "A tokenizer.json, or a folder or hub model with one.")
  private String model;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "Ids with spaces between, plain or gzip (default: standard input).")
  private Optional<Path> file = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Tokenizer tokenizer = Tokenizer.load(Models.tokenizer(model, spec.commandLine().getErr()));
    try (Lines lines = Input.open(file)) {
      while (lines.hasNext()) {
        int[] ids =
            Stream.of(lines.next().strip().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .mapToInt(word -> id(word, tokenizer, lines))
                .toArray();
        Output.line(out, tokenizer.decode(ids));
      }
    }
    return 0;
  }

  private static int id(String word, Tokenizer tokenizer, Lines lines) {
    boolean number = word.matches("\\d{1,9}");
    if (!number || Integer.parseInt(word) >= tokenizer.size())
      throw new UserError(
          "%s: \"%s\" is no token id: give numbers from 0 to %d"
              .formatted(lines.where(), word, tokenizer.size() - 1));
    return Integer.parseInt(word);
  }
}
