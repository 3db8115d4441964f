package dev.heed.cli;

import dev.heed.decode.DecodeConfig;
import dev.heed.decode.Sampling;
import dev.heed.decode.StopBound;
import dev.heed.task.Generator.Settings;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How to choose tokens; what isn't given is as the model folder says. */
final class GenerateOptions {
  static final String HEADING =
      "%nChoosing tokens (default: what the folder's generation_config.json says):%n";

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Most tokens to generate, the end token among them.")
  private Optional<Integer> maxLength = Optional.empty();

  @Option(names = "--min-length", paramLabel = "N", description = "Fewest before the end token.")
  private Optional<Integer> minLength = Optional.empty();

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "End an output before this text; may be given several times.")
  private List<String> stop = List.of();

  @Option(names = "--beam", paramLabel = "K", description = "Hypotheses kept; 1 is greedy.")
  private Optional<Integer> beam = Optional.empty();

  @Option(
      names = "--alpha",
      paramLabel = "A",
      description = "A beam ranks outputs by log-probability / length^A.")
  private Optional<Double> alpha = Optional.empty();

  @Option(
      names = "--stop-bound",
      paramLabel = "RULE",
      description =
          "When a beam stops: exact (nothing better is possible) or estimate (sooner, by the"
              + " present length).")
  private Optional<StopBound> stopBound = Optional.empty();

  @Option(
      names = "--sample",
      negatable = true,
      description = "Draw tokens; so do the options below, unless --no-sample is given.")
  private Optional<Boolean> sample = Optional.empty();

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Below 1 sharpens the distribution, above 1 flattens it.")
  private Optional<Double> temperature = Optional.empty();

  @Option(
      names = "--penalty-alpha",
      paramLabel = "A",
      description =
          "Contrastive search: choose among the --top-k most probable, A (such as 0.6) the weight of"
              + " being unlike what was said.")
  private Optional<Double> penaltyAlpha = Optional.empty();

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Draw, or with --penalty-alpha choose, from the K most probable.")
  private Optional<Integer> topK = Optional.empty();

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Draw from the most probable that make up P.")
  private Optional<Double> topP = Optional.empty();

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description = "Draw from those at least P times as probable as the most probable.")
  private Optional<Double> minP = Optional.empty();

  @Option(
      names = "--typical-p",
      paramLabel = "P",
      description = "Draw from those nearest to the expected surprise that make up P.")
  private Optional<Double> typicalP = Optional.empty();

  @Option(names = "--seed", paramLabel = "S", description = "Of what is drawn (default: 0).")
  private Optional<Long> seed = Optional.empty();

  @Option(
      names = "--repetition-penalty",
      paramLabel = "R",
      description = "Above 1 makes tokens that were said before less likely.")
  private Optional<Double> repetitionPenalty = Optional.empty();

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "No N tokens in a row occur twice; 0 allows all.")
  private Optional<Integer> noRepeatNgram = Optional.empty();

  /** The folder's settings with what was given in their stead. */
  Settings over(Settings folder, Optional<Integer> nBest, boolean truncate, int rows) {
    DecodeConfig model = folder.decode();
    Sampling drawn = model.sampling();
    boolean draws =
        temperature.isPresent()
            || topK.isPresent() && penaltyAlpha.isEmpty()
            || topP.isPresent()
            || minP.isPresent()
            || typicalP.isPresent()
            || seed.isPresent();
    boolean samples =
        sample.orElse(draws || drawn.sample() && beam.isEmpty() && penaltyAlpha.isEmpty());
    int outputs = nBest.orElse(model.nBest());
    var decode =
        new DecodeConfig(
            beam.orElse(samples ? 1 : Math.max(outputs, model.beam())),
            outputs,
            model.lengthPenalty(),
            alpha.orElse(model.alpha()),
            maxLength.orElse(model.maxLength()),
            model.maxRatio(),
            model.maxExtra(),
            noRepeatNgram.orElse(model.noRepeatNgram()),
            model.earlyStop(),
            stopBound.orElse(model.stopBound()),
            model.cut(),
            minLength.orElse(model.minLength()),
            repetitionPenalty.orElse(model.repetitionPenalty()),
            new Sampling(
                samples,
                temperature.orElse(drawn.temperature()),
                topK.orElse(drawn.topK()),
                topP.orElse(drawn.topP()),
                minP.orElse(drawn.minP()),
                typicalP.orElse(drawn.typicalP()),
                seed.orElse(drawn.seed())),
            penaltyAlpha.orElse(samples || beam.isPresent() ? 0 : model.penaltyAlpha()));
    return new Settings(decode, folder.countsPrompt() && maxLength.isEmpty(), stop, truncate, rows);
  }
}
