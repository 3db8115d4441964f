package dev.heed.cli;

import dev.heed.data.Pair;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Architecture;
import dev.heed.model.Modality;
import dev.heed.task.Classifier;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.Classifier.Scores;
import dev.heed.task.ZeroShot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
      "Tell the class of each line: label and score, with a tab between.",
      "A line of two texts, with a tab between, is a pair (--pairs); so are two --fields.",
      "With a model of images, FILEs are images, or lines of standard input name them; CLIP chooses"
          + " among --labels."
    },
    footer = {
      "%nExamples:",
      "  heed classify --model models/sst2 reviews.txt",
      "  heed classify --model models/mnli --pairs --n-best 3 pairs.tsv",
      "  heed classify --model models/mnli --fields premise,hypothesis --json dev.jsonl",
      "  heed classify --model models/vit --n-best 3 cat.jpg dog.png",
      "  heed classify --model models/clip --labels 'a cat,a dog' photos/*.jpg"
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
      defaultValue = "This is a photo of {}.",
      paramLabel = "TEXT",
      description =
          "With CLIP: the text that a label is put into, at {} (default: ${DEFAULT-VALUE})")
  private String template;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Path folder = stream.model(spec);
    Architecture<?> model = Checkpoint.architecture(folder);
    boolean clip = model.name().equals("CLIPModel");
    if (clip == labels.isEmpty())
      throw new ParameterException(
          spec.commandLine(),
          clip
              ? "--labels must name what CLIP is to choose from"
              : "--labels is for CLIP: a %s has its own".formatted(model.name()));
    ClassifyImages images = new ClassifyImages(spec, stream);
    if (clip)
      return images.among(
          folder, labels, () -> new ZeroShot.Options(template, nBest.orElse(1), stream.batch));
    return model.reads() == Modality.IMAGE ? images.known(folder, this::options) : texts(folder);
  }

  private int texts(Path folder) {
    boolean two = pairs || stream.fields.size() == 2;
    List<String> names =
        Usage.fields(spec, stream.fields, two ? List.of("first", "second") : List.of("text"));
    try (Classifier loaded = Classifier.load(folder, stream.start())) {
      Classifier classifier =
          Usage.checked(spec, () -> loaded.with(options(loaded.options(), loaded.labels())));
      return stream.run(
          spec,
          "classifying",
          names,
          (texts, first, done) ->
              (two
                      ? classifier.classifyPairs(
                          texts.stream().map(t -> new Pair(t.get(0), t.get(1))).toList(),
                          first,
                          done)
                      : classifier.classify(
                          texts.stream().map(t -> t.get(0)).toList(), first, done))
                  .stream().map(Classify::told).toList());
    }
  }

  private Classifier.Options options(Classifier.Options loaded, List<String> classes) {
    Scores scores = multiLabel ? Scores.SIGMOID : loaded.scores();
    boolean several = scores == Scores.SIGMOID && classes.size() > 1;
    double least = several ? 0.5 : loaded.atLeast();
    return new Classifier.Options(
        scores,
        nBest.orElse(several ? classes.size() : 1),
        atLeast.orElse(least),
        truncate.tooLong(),
        stream.batch);
  }

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
