package dev.heed.cli;

import dev.heed.decode.DecodeConfig;
import dev.heed.decode.LengthPenalty;
import java.util.Optional;
import picocli.CommandLine.Option;

/** How to search for an output; what isn't given is as the model folder says. */
final class SearchOptions {
  static final String HEADING = "%nSearch (default: what the model folder's decode.json says):%n";

  @Option(names = "--beam", paramLabel = "K", description = "Hypotheses kept; 1 is greedy.")
  private Optional<Integer> beam = Optional.empty();

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description = "Longest output, in tokens with the end token.")
  private Optional<Integer> maxLength = Optional.empty();

  @Option(
      names = "--length-penalty",
      paramLabel = "KIND",
      description =
          "What log-probabilities are divided by: none (1), gnmt (((5+length)/6)^alpha) or plain"
              + " (length^alpha).")
  private Optional<LengthPenalty> lengthPenalty = Optional.empty();

  @Option(names = "--alpha", paramLabel = "A", description = "The length penalty's exponent.")
  private Optional<Double> alpha = Optional.empty();

  @Option(
      names = "--no-repeat-ngram",
      paramLabel = "N",
      description = "No N tokens in a row occur twice in an output; 0 allows all.")
  private Optional<Integer> noRepeatNgram = Optional.empty();

  /** The model's settings with what was given in their stead. */
  DecodeConfig over(DecodeConfig model, int nBest) {
    return new DecodeConfig(
        beam.orElse(Math.max(nBest, model.beam())),
        nBest,
        lengthPenalty.orElse(model.lengthPenalty()),
        alpha.orElse(model.alpha()),
        maxLength.orElse(model.maxLength()),
        model.maxRatio(),
        model.maxExtra(),
        noRepeatNgram.orElse(model.noRepeatNgram()),
        model.earlyStop(),
        model.stopBound(),
        model.cut(),
        model.minLength(),
        model.repetitionPenalty(),
        model.sampling());
  }
}
