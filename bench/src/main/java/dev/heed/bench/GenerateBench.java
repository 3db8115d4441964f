package dev.heed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.nn.Embedding;
import dev.heed.nn.Module;
import dev.heed.position.Learned;
import dev.heed.tensor.Device;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Greedy generation with one decoder, ours against that of Hugging Face's transformers, and both
 * against the pace of the memory: without a batch, a token costs at least one reading of all
 * weights.
 *
 * @param model a decoder's folder
 * @param folder for prompts and logs
 */
public record GenerateBench(
    Path model, Limits limits, int rounds, Optional<Path> python, Path folder) {
  private static final int BATCHES = 16;
  private static final long SEED = 7;
  private static final String UNIT = "tokens";

  /**
   * @param prompt tokens of each prompt
   * @param tokens to generate
   * @param batch prompts that are generated from together
   */
  public record Limits(int prompt, int tokens, int batch) {
    /**
     * @throws UserError if a number is below 1
     */
    public Limits {
      if (Math.min(Math.min(prompt, tokens), batch) < 1)
        throw new UserError("prompt, tokens and batch must be at least 1");
    }
  }

  /**
   * Prepares, compares what is generated from the first prompts, and times.
   *
   * @param say is told in a sentence what is going on
   * @throws UserError if the model is no decoder, or a peer fails
   */
  public Report run(Consumer<String> say) {
    say.accept("preparing " + folder);
    Map<String, Object> setup = new LinkedHashMap<>();
    double bytes = prepare(setup);
    setup.put(
        "round",
        "%d tokens after %d, for %d prompts together"
            .formatted(limits.tokens(), limits.prompt(), limits.batch()));
    setup.put("processor", Engine.cpu() + ", " + Engine.threads() + " threads");
    double memory = Machine.readRate();
    setup.put("memory rate", String.format(Locale.ROOT, "%.1f GB/s read", memory / 1e9));
    List<Peer> contestants = new ArrayList<>();
    try {
      String tokens = Integer.toString(limits.tokens());
      String threads = Integer.toString(Engine.threads());
      contestants.add(
          Serve.start(
              folder.resolve("heed.log"),
              List.of("generate", model.toString(), threads, folder.toString(), tokens)));
      python.ifPresent(
          p ->
              contestants.add(
                  new Python(p)
                      .start(
                          "transformers",
                          folder,
                          "generate.py",
                          "--model",
                          model.toString(),
                          "--threads",
                          threads,
                          "--tokens",
                          tokens)));
      agree(contestants, setup);
      for (Peer each : contestants) {
        say.accept("warming up " + each.name());
        each.ask("run");
      }
      List<Series> series = Contest.run(contestants, rounds, "run", UNIT, say);
      double perToken = bytes / limits.batch();
      return new Report(
          setup,
          List.of(UNIT),
          series,
          new Report.Shares(
              "memory rate",
              series.stream().map(one -> one.medianRate(UNIT) * perToken / memory).toList()));
    } finally {
      contestants.forEach(Peer::close);
    }
  }

  /** Writes prompts; gives the bytes of weights that a step reads. */
  private double prepare(Map<String, Object> setup) {
    try (Scope scope = Scope.open()) {
      Files.createDirectories(folder);
      Module loaded = Checkpoint.load(model, Device.CPU).model();
      if (!(loaded instanceof CausalLm decoder))
        throw new UserError(model + " is no decoder: give one, such as a GPT2LMHeadModel");
      int vocabulary = (int) decoder.outputWeight().size(0);
      var random = new Random(SEED);
      new Work(folder)
          .writeSources(
              IntStream.range(0, BATCHES)
                  .mapToObj(
                      number ->
                          IntStream.range(0, limits.batch())
                              .mapToObj(
                                  row -> random.ints(limits.prompt(), 0, vocabulary).toArray())
                              .toList())
                  .toList());
      double bytes = Float.BYTES * (double) read(loaded, decoder);
      setup.put("model", "%s, %,d parameters".formatted(model, loaded.parameterCount()));
      setup.put("weights of a step", "%,.0f MB".formatted(bytes / 1e6));
      return bytes;
    } catch (IOException e) {
      throw FileErrors.unwritable(folder, e);
    }
  }

  /** Parameters that each step reads: all but the tables in which it looks a row up. */
  private static long read(Module model, CausalLm decoder) {
    long[] count = {model.parameterCount()};
    model.visit(
        "",
        (prefix, part) -> {
          boolean table =
              part instanceof Learned
                  || part instanceof Embedding e && e.weight() != decoder.outputWeight();
          if (table) count[0] -= part.parameterCount();
        });
    return count[0];
  }

  /** Notes which share of the first prompts' ids is the same as ours. */
  private static void agree(List<Peer> contestants, Map<String, Object> setup) {
    JsonNode ours = contestants.get(0).ask("ids").path("ids");
    for (Peer other : contestants.subList(1, contestants.size())) {
      JsonNode theirs = other.ask("ids").path("ids");
      int same = 0;
      int all = 0;
      for (int row = 0; row < ours.size(); row++)
        for (int i = 0; i < ours.get(row).size(); i++, all++)
          if (ours.get(row).get(i).equals(theirs.path(row).path(i))) same++;
      setup.put(
          "same ids",
          String.format(Locale.ROOT, "%d of %d (%.1f %%)", same, all, 100.0 * same / all));
    }
  }
}
