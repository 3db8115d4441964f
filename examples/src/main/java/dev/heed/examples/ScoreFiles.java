package dev.heed.examples;

import dev.heed.eval.Bleu;
import dev.heed.eval.Chrf;
import dev.heed.eval.Ter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** BLEU, chrF and TER of a translated file, as sacreBLEU has them: {@code ScoreFiles hyp ref}. */
public final class ScoreFiles {
  private ScoreFiles() {}

  public static void main(String[] args) throws IOException {
    score(Files.readAllLines(Path.of(args[0])), Files.readAllLines(Path.of(args[1])))
        .forEach(System.out::println);
  }

  /** One line a metric, with the signature that says how it was computed. */
  static List<String> score(List<String> hypotheses, List<String> reference) {
    List<List<String>> references = List.of(reference); // one set; each line may have several
    Bleu.Score bleu = new Bleu(Bleu.Options.DEFAULT).corpus(hypotheses, references);
    Chrf.Score chrf = new Chrf(Chrf.Options.DEFAULT).corpus(hypotheses, references);
    Ter.Score ter = new Ter(Ter.Options.DEFAULT).corpus(hypotheses, references);
    return List.of(
        "BLEU %.1f %s".formatted(bleu.score(), bleu.signature()),
        "chrF %.1f %s".formatted(chrf.score(), chrf.signature()),
        "TER %.1f %s".formatted(ter.score(), ter.signature()));
  }
}
