package dev.heed.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.data.DateCorpus;
import dev.heed.data.Pair;
import dev.heed.inspect.AttentionMaps;
import dev.heed.inspect.AttentionMaps.Kind;
import dev.heed.tensor.Engine;
import dev.heed.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each example, at a reduced size. */
class ExamplesTest {
  @TempDir private static Path folder;
  private static List<String> trained;

  @BeforeAll
  static void train() {
    Engine.threads(1);
    trained = TrainTranslator.train(folder, 500, 3);
  }

  @Test
  void trainingLeavesAModelFolder() {
    for (String file :
        List.of(
            "config.json",
            "model.safetensors",
            "tokenizer.json",
            "decode.json",
            "recipe.yaml",
            "metrics.jsonl",
            "curves.png")) assertTrue(Files.exists(folder.resolve(file)), file);
    assertEquals(2, trained.size());
  }

  @Test
  void theSavedModelTranslatesAsTheTrainedOne() {
    assertEquals(
        List.of(trained.get(0), "", trained.get(1)),
        TranslateLines.translate(folder, List.of("le 3 mai 1998", "", "July 20th, 1969")));
  }

  @Test
  void attentionIsWrittenDown(@TempDir Path out) throws IOException {
    AttentionMaps maps =
        InspectAttention.inspect(folder, new Pair("le 3 mai 1998", "1998-05-03"), out);
    assertEquals("<s>", maps.target().get(0));
    assertEquals(1 + "1998-05-03".length(), maps.target().size());
    float[][][][] cross = maps.weights().get(Kind.CROSS);
    assertEquals(2, cross.length);
    assertEquals(maps.source().size(), cross[0][0][0].length);
    for (String file : List.of("attention.json", "encoder.png", "decoder.png", "cross.png"))
      assertTrue(Files.size(out.resolve(file)) > 0, file);
  }

  @Test
  void theTokenizerGivesItsTextBack(@TempDir Path out) throws IOException {
    List<String> lines = new ArrayList<>();
    new DateCorpus(1, 300).forEach(pair -> lines.add(pair.source()));
    Tokenizer tokenizer = TrainTokenizer.train(lines, 400, out.resolve("new"));
    assertEquals(400, tokenizer.size());
    int[] ids = tokenizer.encode(lines.get(0));
    assertEquals(lines.get(0), tokenizer.decode(ids));
    assertArrayEquals(ids, Tokenizer.load(out.resolve("new")).encode(lines.get(0)));
  }

  @Test
  void perfectOutputScoresPerfectly() {
    List<String> lines = List.of("Two dogs run through the snow.", "A man sits on a green bench.");
    List<String> scores = ScoreFiles.score(lines, lines);
    assertTrue(scores.get(0).startsWith("BLEU 100.0 nrefs:1|"), scores.get(0));
    assertTrue(scores.get(1).startsWith("chrF 100.0 nrefs:1|"), scores.get(1));
    assertTrue(scores.get(2).startsWith("TER 0.0 nrefs:1|"), scores.get(2));
  }
}
