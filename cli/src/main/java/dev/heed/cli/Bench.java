package dev.heed.cli;

import picocli.CommandLine.Command;

/** {@code heed bench}: its verbs time Heed, alone or beside a peer. */
@Command(
    name = "bench",
    description =
        "Measure training, translation, generation, sentence vectors or loading, alone or beside others.",
    subcommands = {
      BenchTrain.class,
      BenchTranslate.class,
      BenchGenerate.class,
      BenchEmbed.class,
      BenchLoad.class
    },
    footer = {
      "%nExamples:",
      "  heed bench train --data corpora/multi30k/train --peer venv/bin/python",
      "  heed bench translate --data corpora/multi30k/train --model runs/m30k",
      "  heed bench generate --peer venv/bin/python",
      "  heed bench embed --model models/all-MiniLM-L6-v2 sentences.txt",
      "How it is measured: bench/README.md"
    })
final class Bench {}
