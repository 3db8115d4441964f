package dev.heed.cli;

import dev.heed.task.Classifier;
import dev.heed.task.ImageClassifier;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** Classes of images that the model was trained for. */
record ClassifyingImages(ImageClassifier classifier, TextStream stream) implements Classifying {
  static Classifying load(Path folder, Device device, TextStream stream) {
    return new ClassifyingImages(ImageClassifier.load(folder, device), stream);
  }

  /** The files that lines or arguments name, each the only text of its line. */
  static List<Path> paths(List<List<String>> lines) {
    return lines.stream().map(line -> Path.of(line.get(0))).toList();
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
    ImageClassifier told = classifier.with(options);
    return stream.runFiles(
        spec,
        "classifying",
        (lines, first, done) ->
            told.classifyFiles(paths(lines), done).stream().map(Classifying::told).toList());
  }

  @Override
  public void close() {
    classifier.close();
  }
}
