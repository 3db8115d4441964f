package dev.heed.cli;

import picocli.CommandLine.Command;

/** {@code heed score}: the metrics are its verbs. */
@Command(
    name = "score",
    description = "Score what a model wrote, answered or labelled against what is right.",
    subcommands = {
      ScoreBleu.class,
      ScoreChrf.class,
      ScoreTer.class,
      ScoreRouge.class,
      ScoreSquad.class,
      ScoreEntities.class,
      ScoreAccuracy.class
    },
    footer = {
      "%nExamples:",
      "  heed score bleu --ref test.de hyp.de",
      "  heed translate --model runs/m30k test.en | heed score chrf --ref test.de",
      "  heed score entities --ref test.conll tagged.conll"
    })
final class Score {}
