package dev.heed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import dev.heed.data.IdBatch;
import dev.heed.inspect.Summary;
import dev.heed.model.Transformer;
import dev.heed.recipe.Recipe;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Training steps of one model on the same weights and batches, ours against PyTorch's.
 *
 * @param recipe of which corpus, text and model count; training is as bench/README.md says
 * @param steps of a round, each on a batch of its own
 * @param python runs the peer; without it ours is timed alone
 * @param folder for what the contestants read, and their logs
 */
public record TrainBench(
    Recipe recipe, int steps, int rounds, Optional<Path> python, Modes modes, Path folder) {
  private static final String UNIT = "target_tokens";
  private static final double TOLERANCE = 1e-3;

  /** How PyTorch runs the peer's model. */
  public enum Modes {
    EAGER,
    COMPILE,
    BOTH;

    List<Modes> each() {
      return this == BOTH ? List.of(EAGER, COMPILE) : List.of(this);
    }
  }

  /**
   * @throws UserError if a number is below 1
   */
  public TrainBench {
    if (steps < 1 || rounds < 1)
      throw new UserError(
          "steps and rounds must be at least 1, not %d and %d".formatted(steps, rounds));
  }

  /**
   * Prepares, checks that all compute the same loss, and times.
   *
   * @param say is told in a sentence what is going on
   * @throws UserError if the losses differ, or a peer fails
   */
  public Report run(Consumer<String> say) {
    say.accept("preparing " + folder);
    Work work = new Work(folder);
    Material material = Material.of(recipe);
    List<IdBatch> batches = material.batches(steps);
    Map<String, Object> setup = new LinkedHashMap<>();
    double flops = 0; // of one round
    try (Scope scope = Scope.open()) {
      Transformer model = material.model();
      work.write(model);
      work.writeBatches(batches, model.vocabulary().pad());
      for (IdBatch b : batches)
        flops +=
            (double) b.rows()
                * Summary.of(model, b.sourceLength(), b.targetLength()).trainingFlops();
      setup.put("model", "%,d parameters".formatted(model.parameterCount()));
    }
    setup.put(
        "round",
        "%d steps, %,d target tokens, %.1f GFLOP a step"
            .formatted(
                steps,
                batches.stream().mapToInt(IdBatch::targetTokens).sum(),
                flops / steps / 1e9));
    setup.put("processor", Engine.cpu() + ", " + Engine.threads() + " threads");

    List<Peer> contestants = new ArrayList<>();
    try {
      contestants.add(Serve.start("train", work, Engine.threads()));
      python.ifPresent(p -> modes.each().forEach(m -> contestants.add(peer(new Python(p), m))));
      agree(contestants, say);
      double productRate = Machine.productRate();
      setup.put("product rate", String.format(Locale.ROOT, "%.1f GFLOP/s", productRate / 1e9));
      for (Peer each : contestants) {
        say.accept("warming up " + each.name());
        each.ask("warmup " + steps);
      }
      List<Series> series = Contest.run(contestants, rounds, "run " + steps, UNIT, say);
      List<Double> shares = new ArrayList<>();
      for (Series each : series) shares.add(flops / each.medianSeconds() / productRate);
      return new Report(setup, List.of(UNIT), series, new Report.Shares("product rate", shares));
    } finally {
      contestants.forEach(Peer::close);
    }
  }

  private Peer peer(Python python, Modes mode) {
    String name = mode.name().toLowerCase(Locale.ROOT);
    return python.start(
        "PyTorch " + name,
        folder,
        "train.py",
        "--threads",
        Integer.toString(Engine.threads()),
        "--mode",
        name);
  }

  /** Holds every contestant's loss on the first batch, before any training, against ours. */
  private static void agree(List<Peer> contestants, Consumer<String> say) {
    double ours = Double.NaN;
    for (Peer each : contestants) {
      JsonNode answer = each.ask("check");
      double loss = answer.path("loss").asDouble(Double.NaN);
      if (Double.isNaN(ours)) ours = loss;
      say.accept(String.format(Locale.ROOT, "%s: loss %.6f", each.name(), loss));
      if (!(Math.abs(loss - ours) <= TOLERANCE * Math.abs(ours)))
        throw new UserError(
            String.format(
                Locale.ROOT,
                "%s has loss %.6f on the first batch where heed has %.6f: they don't compute the same, so they are not timed",
                each.name(),
                loss,
                ours));
    }
  }
}
