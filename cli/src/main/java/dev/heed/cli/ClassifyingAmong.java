package dev.heed.cli;

import dev.heed.task.Classifier;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.Classifier.Scores;
import dev.heed.task.TooLong;
import dev.heed.task.ZeroShot;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Labels of images that the caller named, for CLIP to choose from.
 *
 * @param template what a label is put into
 */
record ClassifyingAmong(ZeroShot clip, TextStream stream, String template, List<String> labels)
    implements Classifying {
  static Classifying load(
      Path folder, Device device, TextStream stream, String template, List<String> labels) {
    return new ClassifyingAmong(ZeroShot.load(folder, device), stream, template, labels);
  }

  @Override
  public Classifier.Options options() {
    return new Classifier.Options(Scores.SOFTMAX, 1, 0, TooLong.FAIL, stream.batch);
  }

  @Override
  public int run(CommandSpec spec, Classifier.Options options) {
    ZeroShot.Options asked =
        Usage.checked(
            spec,
            () ->
                new ZeroShot.Options(
                    template, options.nBest(), options.atLeast(), options.batch()));
    ZeroShot told = clip.with(asked).among(labels);
    return stream.runFiles(
        spec,
        "classifying",
        (lines, first, done) ->
            told.classifyFiles(ClassifyingImages.paths(lines), done).stream()
                .map(best -> Classifying.told(new Classes(best, false)))
                .toList());
  }

  @Override
  public void close() {
    clip.close();
  }
}
