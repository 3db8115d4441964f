package dev.heed.cli;

import dev.heed.inspect.AttentionMaps;
import dev.heed.inspect.AttentionMaps.Kind;
import dev.heed.task.Translator;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code heed quickstart} shows: a date in each language, none of them seen in training. */
final class DateSamples {
  /**
   * @param language its ISO 639 code
   * @param text a date of {@link dev.heed.data.DateCorpus.Split#TEST}, as it is written
   * @param iso the same in ISO 8601
   */
  record Sample(String language, String text, String iso) {}

  static final List<Sample> ALL =
      List.of(
          new Sample("en", "Saturday, May 2, 1998", "1998-05-02"),
          new Sample("de", "3. Mai 97", "1997-05-03"),
          new Sample("fr", "le 14 juillet 1986", "1986-07-14"),
          new Sample("es", "12 de octubre de 2001", "2001-10-12"),
          new Sample("it", "mercoledì 25 aprile 2012", "2012-04-25"),
          new Sample("nl", "op 5 december 2004", "2004-12-05"),
          new Sample("pt", "7 de setembro de 2008", "2008-09-07"));

  private DateSamples() {}

  /** A line for each language: the date as written, and as the model writes it. */
  static void print(Translator translator, PrintWriter out) {
    List<String> made = translator.translate(ALL.stream().map(Sample::text).toList());
    for (int i = 0; i < made.size(); i++) {
      Sample sample = ALL.get(i);
      String verdict = made.get(i).equals(sample.iso()) ? "" : "  (wrong: " + sample.iso() + ")";
      out.printf("%s  %-24s → %s%s%n", sample.language(), sample.text(), made.get(i), verdict);
    }
  }

  /**
   * Draws the cross-attention of every sample and gives the first picture's path; empty if the
   * model has none.
   */
  static Optional<Path> draw(Translator translator, Path folder) {
    for (Sample sample : ALL) {
      AttentionMaps maps = namedByOutput(translator.attention(sample.text(), sample.iso()));
      if (!maps.weights().containsKey(Kind.CROSS)) return Optional.empty();
      int last = maps.weights().get(Kind.CROSS).length - 1;
      maps.single(Kind.CROSS, last, picture(folder, sample));
    }
    return Optional.of(picture(folder, ALL.get(0)));
  }

  /** Names each row by what is written there, not by what was written before. */
  private static AttentionMaps namedByOutput(AttentionMaps maps) {
    List<String> written = new ArrayList<>(maps.target().subList(1, maps.target().size()));
    written.add("</s>");
    return new AttentionMaps(maps.source(), written, maps.weights());
  }

  private static Path picture(Path folder, Sample sample) {
    return folder.resolve("attention-" + sample.language() + ".png");
  }
}
