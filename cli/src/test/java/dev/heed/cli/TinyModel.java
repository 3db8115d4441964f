package dev.heed.cli;

import dev.heed.config.Kind;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.LengthPenalty;
import dev.heed.model.Transformer;
import dev.heed.model.Transformer.Norm;
import dev.heed.model.Transformer.Tie;
import dev.heed.model.Vocabulary;
import dev.heed.nn.Activation;
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
        new Transformer.Config(
            16,
            32,
            Kind.of("dense"),
            Kind.of("same"),
            2,
            2,
            2,
            0,
            0,
            0,
            Activation.RELU,
            Norm.POST,
            Kind.of("scaled_dot_product"),
            Kind.of("same"),
            Kind.of("same"),
            Tie.ALL,
            40);
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
