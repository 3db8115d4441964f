package dev.heed.cli;

import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.task.Classifier;
import dev.heed.task.Classifier.Scores;
import dev.heed.task.ZeroShot;
import dev.heed.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code heed classify}. */
@Command(
    name = "classify",
    description = {
      "Tell the class of each line, or of each WAV file or image: label and score, with a tab"
          + " between.",
      "A line of two texts, with a tab between, is a pair (--pairs); so are two --fields.",
      "Which of them is read, the model says. CLIP chooses among --labels."
    },
    footer = {
      "%nExamples:",
      "  heed classify --model models/sst2 reviews.txt",
      "  heed classify --model models/mnli --pairs --n-best 3 pairs.tsv",
      "  heed classify --model models/mnli --fields premise,hypothesis --json dev.jsonl",
      "  heed classify --model models/kwt1 yes.wav no.wav",
      "  heed classify --model models/vit --n-best 3 cat.jpg dog.png",
      "  heed classify --model models/clip --labels 'a cat,a dog' photo.jpg"
    })
final class Classify implements Callable<Integer> {
  @Mixin private TextStream stream;
  @Mixin private TruncateOption truncate;

  @Option(names = "--pairs", description = "Each line holds two texts, with a tab between.")
  private boolean pairs;

  @Option(
      names = "--n-best",
      paramLabel = "N",
      description = "Labels of a text at most, best first (default: 1; with --multi-label, all).")
  private Optional<Integer> nBest = Optional.empty();

  @Option(
      names = "--multi-label",
      description =
          "Several labels may hold: score each for itself, and print those of at least 0.5 or"
              + " --at-least (default: what config.json's problem_type says).")
  private boolean multiLabel;

  @Option(
      names = "--at-least",
      paramLabel = "SCORE",
      description = "Leave out labels with a lower score.")
  private Optional<Double> atLeast = Optional.empty();

  @Option(
      names = "--labels",
      split = ",",
      paramLabel = "LABEL",
      description = "With CLIP: the labels to choose from, with commas between.")
  private List<String> labels = new ArrayList<>();

  @Option(
      names = "--template",
      paramLabel = "TEXT",
      description =
          "With CLIP: the text that a label is put into, at {} (default: ${DEFAULT-VALUE})")
  private String template = ZeroShot.Options.DEFAULT.template();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Path folder = stream.model(spec);
    if (!Files.isDirectory(folder)) throw new UserError("there is no model folder " + folder);
    Device device = stream.start();
    try (Classifying loaded =
        switch (Checkpoint.architecture(folder).reads()) {
          case TEXT -> ClassifyingTexts.load(folder, device, stream, pairs);
          case IMAGE -> images(folder, device);
          case SOUND -> sounds(folder, device);
        }) {
      return loaded.run(spec, Usage.checked(spec, () -> options(loaded)));
    }
  }

  private Classifying images(Path folder, Device device) {
    if (pairs) throw new ParameterException(spec.commandLine(), "--pairs is for models of texts");
    if (labels.isEmpty()) return ClassifyingImages.load(folder, device, stream);
    if (multiLabel)
      throw new ParameterException(
          spec.commandLine(), "--multi-label is not for --labels, of which one holds");
    return ClassifyingAmong.load(folder, device, stream, template, labels);
  }

  private Classifying sounds(Path folder, Device device) {
    if (pairs) throw new ParameterException(spec.commandLine(), "--pairs is for models of texts");
    return ClassifyingSounds.load(folder, device, stream);
  }

  private Classifier.Options options(Classifying loaded) {
    Scores scores = multiLabel ? Scores.SIGMOID : loaded.options().scores();
    boolean several = scores == Scores.SIGMOID && loaded.labels().size() > 1;
    double least = several ? 0.5 : loaded.options().atLeast();
    return new Classifier.Options(
        scores,
        nBest.orElse(several ? loaded.labels().size() : 1),
        atLeast.orElse(least),
        truncate.tooLong(),
        stream.batch);
  }
}
