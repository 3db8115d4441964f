package dev.heed.recipe;

import dev.heed.adapt.AdaptConfig;
import dev.heed.adapt.Adapter;
import dev.heed.adapt.Addition;
import dev.heed.adapt.Lora;
import dev.heed.adapt.Prefix;
import dev.heed.adapt.Prompt;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Peft;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A trained model of which some weights are to be trained further, and how it is saved. */
final class Adaptation {
  private final Checkpoint checkpoint;
  private final Map<String, Tensor> own; // of the model's weights, those that are trained
  private final Optional<Addition> addition;

  private Adaptation(Checkpoint checkpoint, Map<String, Tensor> own, Optional<Addition> addition) {
    this.checkpoint = checkpoint;
    this.own = own;
    this.addition = addition;
  }

  /** Freezes what isn't to be trained, and adds what is. */
  static Adaptation of(Checkpoint checkpoint, AdaptConfig config) {
    Module model = checkpoint.model();
    Map<String, Tensor> own = model.parameters();
    Map<String, Tensor> fresh = new LinkedHashMap<>(own);
    fresh.keySet().removeIf(name -> !checkpoint.fresh().containsAll(checkpoint.stored(name)));
    Optional<Addition> addition =
        switch (config.kind()) {
          case FULL -> Optional.empty();
          case HEAD -> {
            model.weights().forEach(weight -> weight.requiresGrad(false));
            yield Optional.empty();
          }
          case LORA -> Optional.of(Lora.add(model, checkpoint::stored, config.lora()));
          case ADAPTER -> Optional.of(Adapter.add(model, checkpoint::stored, config.adapter()));
          case PREFIX -> Optional.of(prefix(checkpoint, config.prefix()));
          case PROMPT -> Optional.of(Prompt.add(model, config.prompt()));
        };
    fresh.values().forEach(weight -> weight.requiresGrad(true));
    own.values().removeIf(weight -> !weight.requiresGrad());
    return new Adaptation(checkpoint, own, addition);
  }

  /** A prefix for each layer: PEFT's layout has no layers that share one. */
  private static Prefix prefix(Checkpoint checkpoint, Prefix.Config config) {
    Prefix prefix = Prefix.add(checkpoint.model(), config);
    int layers = checkpoint.config().path("num_hidden_layers").asInt(prefix.layers());
    if (layers == prefix.layers()) return prefix;
    throw new UserError(
        "adapt.kind prefix needs layers of their own weights, and this model's %d layers share those of %d: take lora"
            .formatted(layers, prefix.layers()));
  }

  /** Such as {@code 22,713,986 parameters, of which 148,226 (0.7 %) are trained}. */
  String sizes() {
    Module model = checkpoint.model();
    long trained = model.trained().values().stream().mapToLong(Tensor::count).sum();
    return "%,d parameters, of which %,d (%.1f %%) are trained"
        .formatted(model.parameterCount(), trained, 100.0 * trained / model.parameterCount());
  }

  /**
   * Writes the model, and what was added to it as {@code adapter/} too; the model is without it
   * afterwards, but for what its own weights can hold.
   *
   * @param start the folder that the model came from
   */
  void save(Path out, Path start) {
    addition.ifPresent(
        learned ->
            Peft.save(
                out.resolve(Peft.FOLDER),
                learned,
                checkpoint.export(own),
                checkpoint.architecture().name(),
                start));
    addition.ifPresent(Addition::leave);
    checkpoint.save(out);
  }
}
