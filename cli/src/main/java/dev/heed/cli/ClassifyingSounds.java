package dev.heed.cli;

import dev.heed.task.AudioClassifier;
import dev.heed.task.Classifier;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** Classes of WAV files. */
record ClassifyingSounds(AudioClassifier classifier, TextStream stream) implements Classifying {
  static Classifying load(Path folder, Device device, TextStream stream) {
    return new ClassifyingSounds(AudioClassifier.load(folder, device), stream);
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
    AudioClassifier told = classifier.with(options);
    return stream.runFiles(
        spec,
        "classifying",
        (files, first, done) ->
            Sounds.each(files, first, (sounds, number) -> told.classify(sounds, number, done))
                .stream()
                .map(Classifying::told)
                .toList());
  }

  @Override
  public void close() {
    classifier.close();
  }
}
