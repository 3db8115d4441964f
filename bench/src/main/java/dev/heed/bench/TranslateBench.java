package dev.heed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import dev.heed.model.Transformer;
import dev.heed.recipe.Recipe;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Scope;
import dev.heed.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Beam search with one model over the same sources, ours against that of Hugging Face's
 * transformers.
 *
 * @param recipe of which the corpus counts, and text and model where no folder is given
 * @param model a folder such as {@code heed train} leaves; without it the weights are random
 * @param limits what is searched
 * @param folder for what the contestants read, and their logs
 */
public record TranslateBench(
    Recipe recipe,
    Optional<Path> model,
    Limits limits,
    int rounds,
    Optional<Path> python,
    Path folder) {
  private static final double MOST = 0.5;

  /**
   * How much is searched, and how widely.
   *
   * @param sentences from the start of the corpus
   * @param batch sentences that are searched together
   * @param maxLength of an output, in tokens with the end token
   */
  public record Limits(int sentences, int batch, int beam, int maxLength) {
    /**
     * @throws UserError if a number is below 1
     */
    public Limits {
      if (Math.min(Math.min(sentences, batch), Math.min(beam, maxLength)) < 1)
        throw new UserError("sentences, batch, beam and maximum length must be at least 1");
    }
  }

  /**
   * Prepares, compares the first batch's outputs, and times.
   *
   * @param say is told in a sentence what is going on
   * @throws UserError if a given model's outputs differ in most rows, or a peer fails
   */
  public Report run(Consumer<String> say) {
    say.accept("preparing " + folder);
    Work work = new Work(folder);
    Map<String, Object> setup = new LinkedHashMap<>();
    try (Scope scope = Scope.open()) {
      Transformer loaded;
      Tokenizer tokenizer;
      if (model.isPresent()) {
        loaded = Work.transformer(ModelFolder.model(model.get(), Device.CPU));
        tokenizer = ModelFolder.tokenizers(model.get()).source();
      } else {
        Material material = Material.of(recipe);
        loaded = material.model();
        tokenizer = material.tokenizer();
      }
      work.write(loaded);
      work.writeSources(sources(tokenizer));
      setup.put(
          "model",
          "%,d parameters, %s"
              .formatted(
                  loaded.parameterCount(), model.map(Path::toString).orElse("random weights")));
    }
    setup.put(
        "round",
        "%d sentences in batches of %d, beam %d, at most %d tokens"
            .formatted(limits.sentences(), limits.batch(), limits.beam(), limits.maxLength()));
    setup.put("processor", Engine.cpu() + ", " + Engine.threads() + " threads");

    List<Peer> contestants = new ArrayList<>();
    try {
      contestants.add(
          Serve.start("translate", work, Engine.threads(), limits.beam(), limits.maxLength()));
      python.ifPresent(p -> contestants.add(peer(new Python(p))));
      agree(contestants, setup);
      for (Peer each : contestants) {
        say.accept("warming up " + each.name());
        each.ask("run");
      }
      List<Series> series = Contest.run(contestants, rounds, "run", "sentences", say);
      return new Report(setup, List.of("sentences", "target_tokens"), series, Report.Shares.NONE);
    } finally {
      contestants.forEach(Peer::close);
    }
  }

  /** The corpus's first sources in batches of like length, longest first. */
  private List<List<int[]>> sources(Tokenizer tokenizer) {
    List<String> lines =
        Material.pairs(recipe).stream()
            .map(pair -> pair.source())
            .limit(limits.sentences())
            .toList();
    if (lines.size() < limits.sentences())
      throw new UserError(
          "the corpus has %d lines where %d were asked for: set --sentences"
              .formatted(lines.size(), limits.sentences()));
    List<int[]> ids = new ArrayList<>(tokenizer.encodeAll(lines));
    ids.sort(Comparator.comparingInt((int[] row) -> row.length).reversed());
    List<List<int[]>> batches = new ArrayList<>();
    for (int from = 0; from < ids.size(); from += limits.batch())
      batches.add(List.copyOf(ids.subList(from, Math.min(from + limits.batch(), ids.size()))));
    return batches;
  }

  private Peer peer(Python python) {
    return python.start(
        "transformers",
        folder,
        "translate.py",
        "--threads",
        Integer.toString(Engine.threads()),
        "--beam",
        Integer.toString(limits.beam()),
        "--max-length",
        Integer.toString(limits.maxLength()));
  }

  /** Notes in how many rows of the first batch the outputs are the same as ours. */
  private void agree(List<Peer> contestants, Map<String, Object> setup) {
    JsonNode ours = contestants.get(0).ask("ids").path("ids");
    for (Peer other : contestants.subList(1, contestants.size())) {
      JsonNode theirs = other.ask("ids").path("ids");
      int same = 0;
      for (int row = 0; row < ours.size(); row++)
        if (ours.get(row).equals(theirs.path(row))) same++;
      setup.put("same outputs", "%d of the first batch's %d rows".formatted(same, ours.size()));
      if (model.isPresent() && same < MOST * ours.size())
        throw new UserError(
            "%s gives the same output as heed in only %d of %d rows: they don't search the same, so they are not timed"
                .formatted(other.name(), same, ours.size()));
    }
  }
}
