package dev.heed.cli;

import picocli.CommandLine.Command;

/**
 * {@code heed lab}: its verbs are studies, long measurements that can be stopped and gone on with.
 */
@Command(
    name = "lab",
    description = {
      "Study what mechanisms and models cost and gain.",
      "A study that was stopped, or killed, goes on with the rows that it lacks."
    },
    subcommands = {
      LabExplain.class,
      LabAttention.class,
      LabScore.class,
      LabLong.class,
      LabDates.class,
      LabAblation.class,
      LabArchitecture.class
    },
    footer = {
      "%nExamples:",
      "  heed lab explain 'the cat sat'",
      "  heed lab dates --out runs/lab-dates",
      "What is measured, and how: docs/lab.md"
    })
final class Lab {}
