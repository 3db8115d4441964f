package dev.heed.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.data.Bucket;
import dev.heed.data.Example;
import dev.heed.data.Labelled;
import dev.heed.data.LabelledData;
import dev.heed.data.TokenBatch;
import dev.heed.eval.EntityF1;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Architecture;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.text.Tokenizer;
import dev.heed.train.Journal;
import dev.heed.train.TextObjective;
import dev.heed.train.TrainConfig;
import dev.heed.train.Trainer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ToDoubleBiFunction;
import java.util.stream.IntStream;

/** From a {@link TextRecipe} to the folder of a fine-tuned encoder. */
public final class TextRun implements TrainingRun {
  private final TextRecipe recipe;
  private final RunFolder folder;

  TextRun(TextRecipe recipe, RunFolder folder) {
    this.recipe = recipe;
    this.folder = folder;
  }

  @Override
  public Trainer.End train(Journal progress, BooleanSupplier stop) {
    folder.check();
    LabelledData data = recipe.data();
    List<Labelled> texts = data.trainTexts();
    List<Labelled> held = data.validTexts();
    LabelSet labels = LabelSet.of(texts);
    Path start = Path.of(recipe.model());
    Tokenizer tokenizer = Tokenizer.load(start);
    LabelledExamples examples = new LabelledExamples(tokenizer, labels, data.maxLength());
    boolean tagging = recipe.task() == TextRecipe.Task.TAG;
    List<Example> training = tagging ? examples.ofWords(texts) : examples.ofTexts(texts);
    List<Example> validation = tagging ? examples.ofWords(held) : examples.ofTexts(held);

    TrainConfig train = recipe.train();
    Randomness.seed(train.seed());
    Checkpoint checkpoint = load(start, labels);
    TextModel model = (TextModel) checkpoint.model();
    Adaptation adaptation = Adaptation.of(checkpoint, recipe.adapt());
    folder.begin();
    folder.say(
        "%,d texts of %d classes; %s; %s; %d threads",
        training.size(), labels.size(), adaptation.sizes(), folder.device(), Engine.threads());

    TextObjective objective =
        new TextObjective(model, question(), train.labelSmoothing(), folder.device());
    Function<Bucket, TokenBatch> collate =
        bucket -> TokenBatch.of(bucket.examples(), tokenizer.pad());
    Trainer.End end =
        folder.train(
            new RunFolder.Learning<>(
                model,
                objective,
                Batches.of(training, data.batchTokens(), train.seed()),
                collate,
                new TextValidator(
                    objective, validation, data.batchTokens(), collate, quality(labels))),
            progress,
            stop);
    if (end == Trainer.End.FINISHED) {
      tokenizer.save(folder.path());
      adaptation.save(folder.path(), start);
    }
    return end;
  }

  private TextModel.Task question() {
    return recipe.task() == TextRecipe.Task.TAG ? TextModel.Task.TOKENS : TextModel.Task.SEQUENCE;
  }

  /** Accuracy of classes, F1 of the entities that tags make. */
  private ToDoubleBiFunction<List<int[]>, List<int[]>> quality(LabelSet labels) {
    if (recipe.task() == TextRecipe.Task.CLASSIFY) return TextRun::accuracy;
    return (predicted, truth) ->
        EntityF1.corpus(tags(predicted, labels), tags(truth, labels), EntityF1.Scheme.CONLLEVAL)
            .overall()
            .f1();
  }

  private static List<List<String>> tags(List<int[]> texts, LabelSet labels) {
    return texts.stream().map(text -> Arrays.stream(text).mapToObj(labels::name).toList()).toList();
  }

  /** The share of texts whose class is right. */
  private static double accuracy(List<int[]> predicted, List<int[]> truth) {
    long right =
        IntStream.range(0, truth.size())
            .filter(i -> predicted.get(i)[0] == truth.get(i)[0])
            .count();
    return (double) right / truth.size();
  }

  /** The model to start from, with a head for these labels. */
  private Checkpoint load(Path folder, LabelSet labels) {
    ObjectNode config = Checkpoint.config(folder);
    String type = config.path("model_type").asText();
    String head =
        recipe.task() == TextRecipe.Task.TAG
            ? "ForTokenClassification"
            : "ForSequenceClassification";
    Architecture<?> architecture =
        Architectures.all().stream()
            .filter(a -> a.type().equals(type) && a.name().endsWith(head))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserError(
                        "%s: there is no %s of model_type \"%s\"".formatted(folder, head, type)));
    labels.write(config);
    return Checkpoint.load(folder, architecture, config, Device.CPU);
  }
}
