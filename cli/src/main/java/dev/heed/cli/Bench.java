package dev.heed.cli;

import picocli.CommandLine.Command;

/** {@code heed bench}: its verbs time Heed, alone or beside a peer. */
@Command(
    name = "bench",
    description = "Time training or translation, alone or beside PyTorch and transformers.",
    subcommands = {BenchTrain.class, BenchTranslate.class},
    footer = {
      "%nExamples:",
      "  heed bench train --data corpora/multi30k/train --peer venv/bin/python",
      "  heed bench translate --data corpora/multi30k/train --model runs/m30k",
      "How it is measured: bench/README.md"
    })
final class Bench {}
