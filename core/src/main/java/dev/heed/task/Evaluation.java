package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.data.Pair;
import dev.heed.eval.Bleu;
import dev.heed.eval.Chrf;
import dev.heed.eval.ExactMatch;
import dev.heed.eval.Perplexity;
import dev.heed.eval.Ter;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/** How well a {@link Translator} does on pairs that it has not seen. */
public final class Evaluation {
  /** What can be measured. */
  public enum Metric {
    BLEU,
    CHRF,
    TER,
    EXACT,
    PERPLEXITY
  }

  /**
   * One number.
   *
   * @param name such as {@code chrF2}
   * @param value in percent for BLEU, chrF and TER; a share in [0, 1] for exact match
   * @param about how it was computed: sacreBLEU's signature, or the unit
   */
  public record Score(String name, double value, String about) {}

  private Evaluation() {}

  /**
   * Translates the sources, where a metric needs that, and scores against the targets.
   *
   * @param done is told how many lines more are translated
   * @return in the order of {@link Metric}; perplexity brings the loss with it
   * @throws UserError if there is no pair, or one is too long for the model
   */
  public static List<Score> of(
      Translator translator, List<Pair> pairs, Set<Metric> metrics, IntConsumer done) {
    if (pairs.isEmpty()) throw new UserError("there is no pair to score: give at least one line");
    List<String> sources = pairs.stream().map(Pair::source).toList();
    List<List<String>> references = List.of(pairs.stream().map(Pair::target).toList());
    List<String> hypotheses =
        metrics.equals(EnumSet.of(Metric.PERPLEXITY))
            ? List.of()
            : translator.nBest(sources, done).stream().map(best -> best.get(0).text()).toList();
    return metrics.stream()
        .sorted()
        .flatMap(
            metric ->
                metric == Metric.PERPLEXITY
                    ? perplexity(translator.perplexity(pairs))
                    : Stream.of(score(metric, hypotheses, references)))
        .toList();
  }

  private static Score score(
      Metric metric, List<String> hypotheses, List<List<String>> references) {
    return switch (metric) {
      case BLEU -> {
        var bleu = new Bleu(Bleu.Options.DEFAULT).corpus(hypotheses, references);
        yield new Score("BLEU", bleu.score(), bleu.signature());
      }
      case CHRF -> {
        var chrf = new Chrf(Chrf.Options.DEFAULT).corpus(hypotheses, references);
        yield new Score(chrf.name(), chrf.score(), chrf.signature());
      }
      case TER -> {
        var ter = new Ter(Ter.Options.DEFAULT).corpus(hypotheses, references);
        yield new Score("TER", ter.score(), ter.signature());
      }
      case EXACT ->
          new Score(
              "exact match",
              ExactMatch.corpus(hypotheses, references),
              "of %d lines".formatted(hypotheses.size()));
      case PERPLEXITY -> throw new IllegalArgumentException("perplexity scores no hypotheses");
    };
  }

  private static Stream<Score> perplexity(Perplexity p) {
    return Stream.of(
        new Score("loss", p.nll() / p.tokens(), "nats a target token"),
        new Score(
            "perplexity",
            p.perplexity(),
            String.format(Locale.ROOT, "of %d target tokens", p.tokens())));
  }
}
