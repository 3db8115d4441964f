package dev.heed.eval;

import java.util.List;

/**
 * Translation edit rate (Snover et al., 2006, "A Study of Translation Edit Rate with Targeted Human
 * Annotation"): the fewest words to insert, delete or replace, and runs of words to shift, that
 * turn the hypothesis into the reference, in percent of the reference's words. Of several
 * references to a line the one with the fewest edits counts, over their mean length. Lower is
 * better. Equal to sacreBLEU 2.6, which follows Tercom's search for the shifts.
 */
public final class Ter {
  private final Options options;
  private final TercomTokenizer tokenizer;

  public Ter(Options options) {
    this.options = options;
    this.tokenizer = new TercomTokenizer(options);
  }

  /**
   * How lines are tokenized.
   *
   * @param normalized split punctuation off, and undo XML escapes
   * @param noPunct remove punctuation
   * @param asianSupport split Chinese characters and CJK punctuation when {@code normalized}, and
   *     remove such punctuation with {@code noPunct}; without either it changes nothing
   */
  public record Options(
      boolean normalized, boolean noPunct, boolean asianSupport, boolean caseSensitive) {
    public static final Options DEFAULT = new Options(false, false, false, false);

    private String signature(int references) {
      return Signature.of(
          references,
          "case:%s|tok:tercom|norm:%s|punct:%s|asian:%s"
              .formatted(
                  caseSensitive ? "mixed" : "lc",
                  Signature.yesNo(normalized),
                  Signature.yesNo(!noPunct),
                  Signature.yesNo(asianSupport)));
    }
  }

  /**
   * A score and what it is made of.
   *
   * @param score in percent; above 100 where there are more edits than words in the reference
   * @param numEdits insertions, deletions, replacements and shifts
   * @param refLength the references' words, a mean for each line where there are several
   * @param signature how it was computed, as sacreBLEU writes it
   */
  public record Score(double score, long numEdits, double refLength, String signature) {}

  /**
   * The score of a corpus.
   *
   * @param references one inner list for each reference set, each as long as {@code hypotheses}
   * @throws dev.heed.config.UserError if there are no lines, or the lengths differ
   */
  public Score corpus(List<String> hypotheses, List<List<String>> references) {
    Segments.check(hypotheses, references);
    long edits = 0;
    double length = 0;
    for (int line = 0; line < hypotheses.size(); line++) {
      var hypothesis = tokenizer.tokenize(hypotheses.get(line));
      int fewest = Integer.MAX_VALUE;
      long words = 0;
      for (var text : Segments.line(references, line)) {
        // Twice, as sacreBLEU does: what normalizing splits once it may split again.
        var reference = tokenizer.tokenize(String.join(" ", tokenizer.tokenize(text)));
        fewest = Math.min(fewest, TercomEdits.count(hypothesis, reference));
        words += reference.size();
      }
      edits += fewest;
      length += (double) words / references.size();
    }
    double rate = length > 0 ? edits / length : Math.min(edits, 1);
    return new Score(100 * rate, edits, length, options.signature(references.size()));
  }

  /**
   * The score of one sentence, against any number of references.
   *
   * @throws dev.heed.config.UserError if there is no reference
   */
  public Score sentence(String hypothesis, List<String> references) {
    return corpus(List.of(hypothesis), Segments.sets(references));
  }
}
