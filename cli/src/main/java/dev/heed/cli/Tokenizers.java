package dev.heed.cli;

import picocli.CommandLine.Command;

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
final class Tokenizers {}
