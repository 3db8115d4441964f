package dev.heed.cli;

import dev.heed.data.Lines;
import dev.heed.text.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed tokenizer encode}. */
@Command(
    name = "encode",
    description = "Print the token ids of each line, with the special tokens around it.",
    footer = {
      "%nExamples:",
      "  heed tokenizer encode --model runs/m30k test.en > test.ids",
      "  echo 'A man rides.' | heed tokenizer encode --model runs/m30k --tokens"
    })
final class TokenizerEncode implements Callable<Integer> {
  private static final int CHUNK = 1000;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE|DIR|ORG/NAME",
      description = "A tokenizer.json, or a folder or hub model with one.")
  private String model;

  @ArgGroup private Form form = new Form();

  private static final class Form {
    @Option(names = "--ids", description = "Print ids; the default.")
    private boolean ids;

    @Option(names = "--tokens", description = "Print tokens as the vocabulary spells them.")
    private boolean tokens;
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "Text, plain or gzip (default: standard input).")
  private Optional<Path> file = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    Tokenizer tokenizer = Tokenizer.load(Models.tokenizer(model, spec.commandLine().getErr()));
    try (Lines lines = Input.open(file)) {
      while (lines.hasNext())
        for (int[] ids : tokenizer.encodeAll(Input.next(lines, CHUNK)))
          Output.line(
              out,
              IntStream.of(ids)
                  .mapToObj(id -> form.tokens ? tokenizer.token(id) : Integer.toString(id))
                  .collect(Collectors.joining(" ")));
    }
    return 0;
  }
}
