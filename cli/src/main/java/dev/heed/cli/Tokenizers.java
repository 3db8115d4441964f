package dev.heed.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code heed tokenizer}: what can be done with one are its verbs. */
@Command(
    name = "tokenizer",
    description = "Train a tokenizer, or turn text into tokens and back.",
    subcommands = {TokenizerTrain.class, TokenizerEncode.class, TokenizerDecode.class},
    footer = {
      "%nExamples:",
      "  heed tokenizer train --vocab 8000 --out tokenizer.json train.en train.de",
      "  heed tokenizer encode --model runs/m30k --tokens test.en"
    })
final class Tokenizers implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: train, encode or decode");
  }
}
