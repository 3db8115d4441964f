package dev.heed.cli;

import dev.heed.task.Classifier;
import dev.heed.task.Classifier.Classes;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** Telling the classes of one kind of input. */
interface Classifying extends AutoCloseable {
  /** Those that the model begins with. */
  Classifier.Options options();

  /** The classes' names. */
  List<String> labels();

  /**
   * Goes through all input.
   *
   * @return the exit code
   */
  int run(CommandSpec spec, Classifier.Options options);

  @Override
  void close();

  /** A line of labels, each with its score. */
  static TextStream.Told told(Classes classes) {
    return new TextStream.Told(
        () ->
            List.of(
                classes.labels().stream()
                    .map(one -> one.label() + "\t" + Output.rounded(one.score(), 4))
                    .collect(Collectors.joining("\t"))),
        "labels",
        classes.labels(),
        classes.cut());
  }
}
