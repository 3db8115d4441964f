package dev.heed.cli;

import dev.heed.data.Lines;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code heed tokenizer train}. */
@Command(
    name = "train",
    description = {
      "Learn a vocabulary from the lines of text files, plain or gzip.",
      "Writes a tokenizer.json as Hugging Face's libraries read it, with <pad>, <s>, </s> and"
          + " <unk>."
    },
    footer = {
      "%nExamples:",
      "  heed tokenizer train --vocab 8000 --out tokenizer.json train.en train.de",
      "  heed tokenizer train --kind unigram --vocab 32000 --out runs/text corpus.gz"
    })
final class TokenizerTrain implements Callable<Integer> {
  @Option(
      names = "--kind",
      defaultValue = "bpe",
      paramLabel = "KIND",
      description =
          "bpe (byte-level), wordpiece, unigram or characters (default: ${DEFAULT-VALUE}).")
  private String kind;

  @Option(
      names = "--vocab",
      required = true,
      paramLabel = "N",
      description = "Tokens, special ones included.")
  private int vocabulary;

  @Option(
      names = "--min-frequency",
      defaultValue = "2",
      paramLabel = "N",
      description =
          "Rarest pair (bpe, wordpiece) or character that is learned (default: ${DEFAULT-VALUE}).")
  private int minFrequency;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where to write it; a folder gets a tokenizer.json.")
  private Path out;

  @Parameters(arity = "0..*", paramLabel = "FILE", description = "Default: standard input.")
  private List<Path> files = new ArrayList<>();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    TokenizerTrainer trainer =
        Usage.checked(spec, () -> TokenizerTrainer.of(kind, vocabulary, minFrequency));
    Tokenizer trained = Tokenizer.of(trainer.train(this::lines));
    trained.save(out);
    spec.commandLine().getErr().printf("heed: %,d tokens in %s%n", trained.size(), out);
    return 0;
  }

  /** All files' lines, of which one file is open at a time. */
  private Iterator<String> lines() {
    if (files.isEmpty()) return Input.open(Optional.empty());
    Iterator<Lines> opened = files.stream().map(Lines::of).iterator();
    return new Iterator<>() {
      private Iterator<String> current = Collections.emptyIterator();

      @Override
      public boolean hasNext() {
        while (!current.hasNext() && opened.hasNext()) current = opened.next();
        return current.hasNext();
      }

      @Override
      public String next() {
        if (!hasNext()) throw new NoSuchElementException();
        return current.next();
      }
    };
  }
}
