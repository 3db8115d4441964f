package dev.heed.cli;

import picocli.CommandLine.Command;

/** {@code heed score}: the metrics are its verbs. */
@Command(
    name = "score",
    description = "Score translations against references, with sacreBLEU's figures.",
    subcommands = {ScoreBleu.class, ScoreChrf.class, ScoreTer.class},
    footer = {
      "%nExamples:",
      "  heed score bleu --ref test.de hyp.de",
      "  heed translate --model runs/m30k test.en | heed score chrf --ref test.de"
    })
final class Score {}
