package dev.heed.cli;

import picocli.CommandLine.Command;

/** {@code heed bench}: its verbs time Heed, alone or beside a peer. */
@Command(
    name = "bench",
    description = "Time training, translation or sentence vectors, alone or beside others.",
    subcommands = {BenchTrain.class, BenchTranslate.class, BenchEmbed.class},
    footer = {
      "%nExamples:",
      "  heed bench train --data corpora/multi30k/train --peer venv/bin/python",
      "  heed bench translate --data corpora/multi30k/train --model runs/m30k",
      "  heed bench embed --model models/all-MiniLM-L6-v2 sentences.txt",
      "How it is measured: bench/README.md"
    })
final class Bench {}
