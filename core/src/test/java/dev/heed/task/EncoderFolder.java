package dev.heed.task;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.Fixtures;
import dev.heed.hub.Checkpoint;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.Specials;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A model of the fixtures with a tokenizer that fits it, and what it says by a direct pass. */
record EncoderFolder(Path path, TextModel model, Tokenizer tokenizer, int positions) {
  private static final List<String> LINES =
      List.of(
          "sand on a red road and rain on the roots",
          "a goat goes to the inn and sees another goat",
          "ten old stones in the rain",
          "she is in the red inn near the road");

  /** Texts that the tokenizer can spell, of many lengths. */
  static final List<String> TEXTS =
      List.of(
          "the goat",
          "sand and rain on the roots",
          "",
          "a red inn, the old road",
          "rain",
          "ten goats see stones in the sand near the inn",
          "no!");

  static EncoderFolder of(String subject, Path dir) {
    return of(subject, dir, config -> {});
  }

  /** Copies {@code hf/subject} to {@code dir}, with a tokenizer.json. */
  static EncoderFolder of(String subject, Path dir, Consumer<ObjectNode> change) {
    try {
      Path from = Fixtures.folder("hf/" + subject);
      Files.createDirectories(dir);
      Files.copy(from.resolve("model.safetensors"), dir.resolve("model.safetensors"));
      ObjectNode config = Checkpoint.config(from);
      change.accept(config);
      new ObjectMapper().writeValue(dir.resolve("config.json").toFile(), config);
      Tokenizer tokenizer = tokenizer(Math.min(config.path("vocab_size").asInt(), 70));
      tokenizer.save(dir);
      return new EncoderFolder(
          dir,
          (TextModel) Checkpoint.load(dir, Device.CPU).model(),
          tokenizer,
          config.path("max_position_embeddings").asInt());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Tokenizer tokenizer(int size) {
    return Tokenizer.of(TokenizerTrainer.of("wordpiece", size, 1, Specials.BERT).train(LINES));
  }

  /** The vectors of one text alone, or what a head makes of them. */
  float[] direct(int[] ids, int[] segments, Optional<TextModel.Task> head) {
    model.training(false);
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Tensor hidden =
          model.encode(
              new TextInput(
                  Tensor.of(ids, 1, ids.length),
                  Optional.empty(),
                  Optional.of(Tensor.of(segments, 1, ids.length))));
      return head.map(task -> model.answer(task, hidden)).orElse(hidden).toFloats();
    }
  }

  /** As above, of one text without a second. */
  float[] direct(String text, Optional<TextModel.Task> head) {
    int[] ids = tokenizer.encode(text);
    return direct(ids, new int[ids.length], head);
  }

  /** A text of exactly {@code tokens} tokens beside the special ones. */
  String text(int tokens) {
    return "rain ".repeat(tokens / perWord()) + "!".repeat(tokens % perWord());
  }

  private int perWord() {
    return tokenizer.withoutSpecials().encode("rain").length;
  }
}
