package dev.heed.recipe;

import dev.heed.adapt.AdaptConfig;
import dev.heed.adapt.Lora;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Peft;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A trained model of which some weights are to be trained further, and how it is saved. */
final class Adaptation {
  private final Checkpoint checkpoint;
  private final Map<String, Tensor> head; // what the model's file lacked
  private final Optional<Lora> lora;

  private Adaptation(Checkpoint checkpoint, Map<String, Tensor> head, Optional<Lora> lora) {
    this.checkpoint = checkpoint;
    this.head = head;
    this.lora = lora;
  }

  /** Freezes what isn't to be trained, and adds what is. */
  static Adaptation of(Checkpoint checkpoint, AdaptConfig config) {
    Module model = checkpoint.model();
    Map<String, Tensor> head = model.parameters();
    head.keySet().removeIf(name -> !checkpoint.fresh().containsAll(checkpoint.stored(name)));
    Optional<Lora> lora =
        switch (config.kind()) {
          case FULL -> Optional.empty();
          case HEAD -> {
            model.weights().forEach(weight -> weight.requiresGrad(false));
            yield Optional.empty();
          }
          case LORA -> Optional.of(Lora.add(model, checkpoint::stored, config.lora()));
        };
    head.values().forEach(weight -> weight.requiresGrad(true));
    return new Adaptation(checkpoint, head, lora);
  }

  /** Such as {@code 22,713,986 parameters, of which 148,226 (0.7 %) are trained}. */
  String sizes() {
    Module model = checkpoint.model();
    long trained = model.trained().values().stream().mapToLong(Tensor::count).sum();
    return "%,d parameters, of which %,d (%.1f %%) are trained"
        .formatted(model.parameterCount(), trained, 100.0 * trained / model.parameterCount());
  }

  /**
   * Writes the model, and what was added to it as {@code adapter/} too.
   *
   * @param start the folder that the model came from
   */
  void save(Path out, Path start) {
    lora.ifPresent(
        updates ->
            Peft.save(
                out.resolve("adapter"),
                updates,
                checkpoint.export(head),
                checkpoint.architecture().name(),
                start));
    lora.ifPresent(Lora::merge);
    checkpoint.save(out);
  }
}
