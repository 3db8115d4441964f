package dev.heed.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.adapt.AdaptConfig;
import dev.heed.config.UserError;
import dev.heed.data.Batches;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Architecture;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Randomness;
import dev.heed.text.Tokenizer;
import dev.heed.train.Journal;
import dev.heed.train.TextLoss;
import dev.heed.train.TextObjective;
import dev.heed.train.TrainConfig;
import dev.heed.train.Trainer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** A trained encoder with a head for a task, on its way to a folder of its own. */
final class FineTuning {
  /** Keys of config.json that tell the classes of a head. */
  private static final List<String> CLASSES =
      List.of("id2label", "label2id", "num_labels", "problem_type");

  /**
   * A head, and what it is to learn.
   *
   * @param classes writes them into config.json
   */
  record Head(TextModel.Task task, Consumer<ObjectNode> classes, TextLoss loss) {}

  /** What the head learns from, and how it is measured. */
  record Texts(
      LabelledRows training,
      LabelledRows validation,
      int batchTokens,
      TextValidator.Quality quality) {}

  private final RunFolder folder;
  private final Path start;
  private final Head head;
  private final TrainConfig train;
  private final Tokenizer tokenizer;
  private final Checkpoint checkpoint;
  private final TextModel model;
  private final Adaptation adaptation;

  /**
   * Loads the encoder and its tokenizer, with a head that is random where the file has none.
   *
   * @param start the folder that the encoder comes from, in Hugging Face's layout
   * @throws UserError if it is amiss, or its model can't have such a head
   */
  FineTuning(RunFolder folder, Path start, Head head, AdaptConfig adapt, TrainConfig train) {
    this.folder = folder;
    this.start = start;
    this.head = head;
    this.train = train;
    this.tokenizer = Tokenizer.load(start);
    Randomness.seed(train.seed());
    this.checkpoint = load(start, head);
    this.model = (TextModel) checkpoint.model();
    this.adaptation = Adaptation.of(checkpoint, adapt);
  }

  private static Checkpoint load(Path start, Head head) {
    ObjectNode config = Checkpoint.config(start);
    String type = config.path("model_type").asText();
    Architecture<?> architecture =
        Architectures.all().stream()
            .filter(a -> a.type().equals(type) && TextModel.has(a, head.task()))
            .findFirst()
            .orElseThrow(
                () ->
                    new UserError(
                        "%s: no model of type \"%s\" has a head for %s"
                            .formatted(start, type, head.task())));
    config.remove(CLASSES);
    head.classes().accept(config);
    return Checkpoint.load(start, architecture, config, Device.CPU);
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  /** Tokens that the encoder takes at most. */
  int positions() {
    return model.encoder().positions();
  }

  /** Trains, and at the end saves the model. */
  Trainer.End run(Texts texts, Journal progress, BooleanSupplier stop) {
    folder.begin();
    folder.say(
        "%,d texts; %s; %s; %d threads",
        texts.training().size(), adaptation.sizes(), folder.device(), Engine.threads());
    TextObjective objective = new TextObjective(model, head.task(), head.loss(), folder.device());
    Trainer.End end =
        folder.train(
            new RunFolder.Learning<>(
                model,
                objective,
                Batches.of(texts.training().examples(), texts.batchTokens(), train.seed()),
                texts.training()::batch,
                new TextValidator(
                    objective, texts.validation(), texts.batchTokens(), texts.quality())),
            progress,
            stop);
    if (end == Trainer.End.FINISHED) {
      tokenizer.save(folder.path());
      adaptation.save(folder.path(), start);
    }
    return end;
  }
}
