package dev.heed.cli;

import dev.heed.config.Configs;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.LengthPenalty;
import dev.heed.model.Transformer;
import dev.heed.model.Vocabulary;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.nio.file.Path;
import java.util.List;

/**
 * A model folder with random weights: 2 layers of 2 heads, 40 positions; outputs of at most 12
 * tokens.
 */
final class TinyModel {
  private static final List<String> LINES =
      List.of("a small dog runs over the grass", "two cats sit on a red roof", "the grass is red");

  private TinyModel() {}

  static Path save(Path folder) {
    Tokenizer tokenizer = Tokenizer.of(TokenizerTrainer.of("bpe", 280, 1).train(LINES));
    var config =
        Configs.parse(
            "d: 16\nffn: 32\nheads: 2\nencoder: 2\ndecoder: 2\ndropout: 0\npositions: 40",
            "test",
            Transformer.Config.TINY,
            List.of());
    var vocabulary =
        new Vocabulary(
            tokenizer.size(), tokenizer.size(), tokenizer.pad(), tokenizer.bos(), tokenizer.eos());
    Randomness.seed(7);
    try (Scope scope = Scope.open()) {
      ModelFolder.save(
          folder,
          new Transformer(config, vocabulary),
          new DecodeConfig(3, 1, LengthPenalty.GNMT, 0.6, 12, 1, 50, 0, true));
    }
    ModelFolder.save(folder, new ModelFolder.Tokenizers(tokenizer, tokenizer));
    return folder;
  }
}
