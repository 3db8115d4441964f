package dev.heed.cli;

import dev.heed.config.UserError;
import dev.heed.eval.Bleu;
import dev.heed.eval.BleuTokenizer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code heed score bleu}. */
@Command(
    name = "bleu",
    description = "BLEU (Papineni et al. 2002): n-gram precision and brevity, 0 to 100.",
    footer = {
      "%nExamples:",
      "  heed score bleu --ref test.de hyp.de",
      "  heed score bleu --ref a.de --ref b.de --lowercase -b < hyp.de"
    })
final class ScoreBleu implements Callable<Integer> {
  @Mixin private Scoring scoring;
  @Spec private CommandSpec spec;

  @Option(
      names = "--tokenize",
      defaultValue = "13a",
      paramLabel = "KIND",
      converter = Tokenize.class,
      description = "13a, intl, char, zh or none (default: ${DEFAULT-VALUE}).")
  private BleuTokenizer tokenizer;

  @Option(names = "--lowercase", description = "Ignore case.")
  private boolean lowercase;

  @Option(
      names = "--smooth",
      defaultValue = "exp",
      paramLabel = "KIND",
      converter = Smooth.class,
      description =
          "What to put for a precision of 0: exp, floor, add-k or none (default:"
              + " ${DEFAULT-VALUE}).")
  private Bleu.SmoothingMethod smooth;

  @Option(
      names = "--smooth-value",
      paramLabel = "X",
      description = "What floor puts (default: 0.1) and add-k adds (default: 1).")
  private Optional<Double> smoothValue = Optional.empty();

  @Option(
      names = "--effective-order",
      description =
          "Divide by the longest n-gram that the translation has room for; always so with"
              + " --sentence.")
  private boolean effectiveOrder;

  @Override
  public Integer call() {
    var metric = new Bleu(Usage.checked(spec, this::options));
    return scoring.run((hypotheses, references) -> answer(metric.corpus(hypotheses, references)));
  }

  private Bleu.Options options() {
    var usual =
        switch (smooth) {
          case NONE -> Bleu.Smoothing.NONE;
          case FLOOR -> Bleu.Smoothing.FLOOR;
          case ADD_K -> Bleu.Smoothing.ADD_K;
          case EXP -> Bleu.Smoothing.EXP;
        };
    return Bleu.Options.DEFAULT
        .withTokenizer(tokenizer)
        .withLowercase(lowercase)
        .withSmoothing(new Bleu.Smoothing(smooth, smoothValue.orElse(usual.value())))
        .withEffectiveOrder(effectiveOrder || scoring.sentence());
  }

  private static Scores.Answer answer(Bleu.Score s) {
    String precisions =
        s.precisions().stream().map(p -> Output.rounded(p, 1)).collect(Collectors.joining("/"));
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("counts", s.counts());
    figures.put("totals", s.totals());
    figures.put("precisions", s.precisions());
    figures.put("bp", s.bp());
    figures.put("sysLen", s.sysLen());
    figures.put("refLen", s.refLen());
    return new Scores.Answer(
        "BLEU",
        s.score(),
        String.format(
            Locale.ROOT,
            "%s, bp %s, %,d/%,d tokens",
            precisions,
            Output.rounded(s.bp(), 2),
            s.sysLen(),
            s.refLen()),
        figures,
        s.signature());
  }

  private static final class Tokenize implements ITypeConverter<BleuTokenizer> {
    @Override
    public BleuTokenizer convert(String id) {
      try {
        return BleuTokenizer.of(id);
      } catch (UserError e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** As sacreBLEU spells it: {@code add-k}. */
  private static final class Smooth implements ITypeConverter<Bleu.SmoothingMethod> {
    @Override
    public Bleu.SmoothingMethod convert(String name) {
      String constant = name.toUpperCase(Locale.ROOT).replace('-', '_');
      List<Bleu.SmoothingMethod> kinds = Arrays.asList(Bleu.SmoothingMethod.values());
      return kinds.stream()
          .filter(kind -> kind.name().equals(constant))
          .findFirst()
          .orElseThrow(
              () -> new TypeConversionException("'" + name + "' is not exp, floor, add-k or none"));
    }
  }
}
