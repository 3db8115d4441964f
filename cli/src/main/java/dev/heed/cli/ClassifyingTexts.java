package dev.heed.cli;

import dev.heed.data.Pair;
import dev.heed.task.Classifier;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Classes of lines.
 *
 * @param pairs whether each line holds two texts
 */
record ClassifyingTexts(Classifier classifier, TextStream stream, boolean pairs)
    implements Classifying {
  static Classifying load(Path folder, Device device, TextStream stream, boolean pairs) {
    return new ClassifyingTexts(
        Classifier.load(folder, device), stream, pairs || stream.fields.size() == 2);
  }

  @Override
  public Classifier.Options options() {
    return classifier.options();
  }

  @Override
  public List<String> labels() {
    return classifier.labels();
  }

  @Override
  public int run(CommandSpec spec, Classifier.Options options) {
    Classifier told = classifier.with(options);
    List<String> names =
        Usage.fields(spec, stream.fields, pairs ? List.of("first", "second") : List.of("text"));
    return stream.run(
        spec,
        "classifying",
        names,
        (texts, first, done) ->
            (pairs
                    ? told.classifyPairs(
                        texts.stream().map(t -> new Pair(t.get(0), t.get(1))).toList(), first, done)
                    : told.classify(texts.stream().map(t -> t.get(0)).toList(), first, done))
                .stream().map(Classifying::told).toList());
  }

  @Override
  public void close() {
    classifier.close();
  }
}
