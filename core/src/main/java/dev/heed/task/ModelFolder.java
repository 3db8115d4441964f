package dev.heed.task;

import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.decode.DecodeConfig;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Architecture;
import dev.heed.model.ConvSeq2Seq;
import dev.heed.model.RecurrentSeq2Seq;
import dev.heed.model.Transformer;
import dev.heed.model.TranslationModel;
import dev.heed.tensor.Device;
import dev.heed.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A trained encoder–decoder on disk: {@code config.json} and {@code model.safetensors} as Hugging
 * Face has them, {@code tokenizer.json} (or {@code source.tokenizer.json} and {@code
 * target.tokenizer.json}), {@code decode.json}.
 */
public final class ModelFolder {
  private static final String JOINT = "tokenizer.json";
  private static final String SOURCE = "source.tokenizer.json";
  private static final String TARGET = "target.tokenizer.json";
  private static final String DECODE = "decode.json";
  private static final int ROWS = 32;

  /** The tokenizers of both sides, the same one if they share a vocabulary. */
  public record Tokenizers(Tokenizer source, Tokenizer target) {
    public boolean joint() {
      return source == target;
    }
  }

  private ModelFolder() {}

  /** Writes everything but the tokenizers, the weights last. */
  public static void save(Path folder, TranslationModel<?> model, DecodeConfig decode) {
    AtomicFile.write(folder.resolve(DECODE), Configs.toJson(decode));
    save(folder, model);
  }

  /** Writes config.json and the weights. */
  public static void save(Path folder, TranslationModel<?> model) {
    checkpoint(model).save(folder);
  }

  private static <C extends Record> Checkpoint checkpoint(TranslationModel<C> model) {
    return Checkpoint.of(model.architecture(), model.stored(), model.module());
  }

  public static void save(Path folder, Tokenizers tokenizers) {
    if (tokenizers.joint()) {
      tokenizers.source().save(folder.resolve(JOINT));
    } else {
      tokenizers.source().save(folder.resolve(SOURCE));
      tokenizers.target().save(folder.resolve(TARGET));
    }
  }

  /** Whether the folder holds tokenizers. */
  public static boolean hasTokenizers(Path folder) {
    return Files.exists(folder.resolve(JOINT)) || Files.exists(folder.resolve(TARGET));
  }

  public static Tokenizers tokenizers(Path folder) {
    if (!Files.exists(folder.resolve(JOINT)) && Files.exists(folder.resolve(SOURCE)))
      return new Tokenizers(
          Tokenizer.load(folder.resolve(SOURCE)), Tokenizer.load(folder.resolve(TARGET)));
    Tokenizer joint = Tokenizer.load(folder.resolve(JOINT));
    return new Tokenizers(joint, joint);
  }

  /**
   * @throws UserError if a file is missing or broken, or the tokenizers don't fit the model
   */
  static Translation translation(Path folder, Device device) {
    if (!Files.isDirectory(folder)) throw new UserError("there is no model folder " + folder);
    if (!Files.exists(folder.resolve("model.safetensors"))
        && Files.exists(folder.resolve("checkpoints")))
      throw new UserError(
          folder + " is a run that has not finished: run the same `heed train` again to go on");
    TranslationModel<?> model = model(folder, device);
    Tokenizers tokenizers = tokenizers(folder);
    check(folder, "source", tokenizers.source(), model.vocabulary().source());
    check(folder, "target", tokenizers.target(), model.vocabulary().target());
    Path decode = folder.resolve(DECODE);
    return new Translation(
        model,
        tokenizers.source(),
        tokenizers.target(),
        Files.exists(decode) ? Configs.fromJson(decode, DecodeConfig.class) : DecodeConfig.DEFAULT,
        ROWS,
        device);
  }

  /**
   * @throws UserError if a file is missing or broken, or they are another model's
   */
  public static TranslationModel<?> model(Path folder, Device device) {
    Checkpoint checkpoint = Checkpoint.load(folder, device);
    if (checkpoint.model() instanceof TranslationModel<?> model) return model;
    throw new UserError(
        "%s: this reads %s, not %s"
            .formatted(
                folder.resolve("config.json"),
                Stream.of(
                        Transformer.ARCHITECTURES,
                        RecurrentSeq2Seq.ARCHITECTURES,
                        ConvSeq2Seq.ARCHITECTURES)
                    .flatMap(List::stream)
                    .map(Architecture::name)
                    .collect(Collectors.joining(", ")),
                checkpoint.architecture().name()));
  }

  private static void check(Path folder, String side, Tokenizer tokenizer, int vocabulary) {
    if (tokenizer.size() > vocabulary)
      throw new UserError(
          "%s: the %s tokenizer has %d tokens, but the model knows %d"
              .formatted(folder, side, tokenizer.size(), vocabulary));
  }
}
