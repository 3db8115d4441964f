package dev.heed.cli;

import dev.heed.task.Classifier;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.ImageClassifier;
import dev.heed.task.ZeroShot;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/** {@code heed classify} with a model of images. */
record ClassifyImages(CommandSpec spec, TextStream stream) {
  /**
   * Tells the classes that the model was trained for.
   *
   * @param options by those of the folder, and its classes
   * @return the exit code
   */
  int known(Path folder, BiFunction<Classifier.Options, List<String>, Classifier.Options> options) {
    try (ImageClassifier loaded = ImageClassifier.load(folder, stream.start())) {
      ImageClassifier classifier =
          Usage.checked(spec, () -> loaded.with(options.apply(loaded.options(), loaded.labels())));
      return run((files, done) -> classifier.classifyFiles(files, done));
    }
  }

  /**
   * Tells which of some labels CLIP finds most like an image.
   *
   * @return the exit code
   */
  int among(Path folder, List<String> labels, Supplier<ZeroShot.Options> options) {
    ZeroShot.Options checked = Usage.checked(spec, options);
    try (ZeroShot loaded = ZeroShot.load(folder, stream.start())) {
      ZeroShot clip = loaded.with(checked).among(labels);
      return run(
          (files, done) ->
              clip.classifyFiles(files, done).stream()
                  .map(best -> new Classes(best, false))
                  .toList());
    }
  }

  private int run(BiFunction<List<Path>, IntConsumer, List<Classes>> classify) {
    Usage.fields(spec, stream.fields, List.of("image"));
    return stream.runFiles(
        spec,
        "classifying",
        "image",
        (names, first, done) ->
            classify.apply(names.stream().map(name -> Path.of(name.get(0))).toList(), done).stream()
                .map(Classify::told)
                .toList());
  }
}
