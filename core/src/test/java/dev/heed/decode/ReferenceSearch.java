package dev.heed.decode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/** Beam search and full enumeration written out plainly, over log-probabilities in Java. */
final class ReferenceSearch {
  static final int BOS = 0;
  static final int EOS = 1;

  private ReferenceSearch() {}

  private record Path(List<Integer> tokens, double logProbability) {
    Path plus(int token, double logp) {
      List<Integer> longer = new ArrayList<>(tokens);
      longer.add(token);
      return new Path(longer, logProbability + logp);
    }

    boolean ended() {
      return tokens.get(tokens.size() - 1) == EOS;
    }

    int length() {
      return tokens.size() - 1;
    }
  }

  static double[] logSoftmax(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) max = Math.max(max, logit);
    double sum = 0;
    for (double logit : logits) sum += Math.exp(logit - max);
    double[] scores = new double[logits.length];
    for (int i = 0; i < scores.length; i++) scores[i] = logits[i] - max - Math.log(sum);
    return scores;
  }

  private static List<Path> extensions(
      Path path, TestStepper.Scores scores, int row, int maxLength) {
    double[] logp = logSoftmax(scores.next(row, path.tokens));
    List<Path> longer = new ArrayList<>();
    for (int token = 0; token < logp.length; token++)
      if (logp[token] > Double.NEGATIVE_INFINITY && (path.length() + 1 < maxLength || token == EOS))
        longer.add(path.plus(token, logp[token]));
    return longer;
  }

  private static List<Hypothesis> ranked(List<Path> ended, int n, DecodeConfig config) {
    return ended.stream()
        .map(path -> hypothesis(path, config))
        .sorted(Comparator.comparingDouble(Hypothesis::score).reversed())
        .limit(n)
        .toList();
  }

  private static Hypothesis hypothesis(Path path, DecodeConfig config) {
    int[] tokens =
        path.tokens.subList(1, path.tokens.size() - 1).stream().mapToInt(i -> i).toArray();
    int length = path.length();
    double penalty =
        switch (config.lengthPenalty()) {
          case NONE -> 1;
          case GNMT -> Math.pow((5 + length) / 6.0, config.alpha());
          case PLAIN -> Math.pow(length, config.alpha());
        };
    return new Hypothesis(
        tokens, OptionalInt.of(EOS), path.logProbability, path.logProbability / penalty);
  }

  static List<Hypothesis> beam(
      TestStepper.Scores scores, int row, int maxLength, DecodeConfig config) {
    int k = config.beam();
    List<Path> live = List.of(new Path(List.of(BOS), 0));
    List<Path> finished = new ArrayList<>();
    while (!live.isEmpty() && !(config.earlyStop() && finished.size() >= k)) {
      List<Path> candidates = new ArrayList<>();
      for (Path path : live) candidates.addAll(extensions(path, scores, row, maxLength));
      candidates.sort(Comparator.comparingDouble(Path::logProbability).reversed());
      live = new ArrayList<>();
      for (int rank = 0; rank < Math.min(2 * k, candidates.size()); rank++) {
        Path path = candidates.get(rank);
        if (path.ended()) {
          if (rank < k) finished.add(path);
        } else if (live.size() < k) live.add(path);
      }
    }
    return ranked(finished, config.nBest(), config);
  }

  /** All sequences that end within the length, best first, the first n. */
  static List<Hypothesis> exhaustive(
      TestStepper.Scores scores, int row, int maxLength, int n, DecodeConfig config) {
    List<Path> open = List.of(new Path(List.of(BOS), 0));
    List<Path> ended = new ArrayList<>();
    while (!open.isEmpty()) {
      List<Path> longer = new ArrayList<>();
      for (Path path : open)
        for (Path next : extensions(path, scores, row, maxLength))
          (next.ended() ? ended : longer).add(next);
      open = longer;
    }
    return ranked(ended, n, config);
  }
}
