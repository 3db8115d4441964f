package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
final class FillMaskTest {
  @TempDir private Path dir;

  @Test
  void guessesAreThoseOfEachTextAlone() {
    EncoderFolder folder = EncoderFolder.of("bert-mlm", dir.resolve("model"));
    try (FillMask filler = FillMask.load(folder.path(), Device.CPU)) {
      assertEquals("[MASK]", filler.mask());
      List<String> texts =
          List.of("[MASK]", "the [MASK] on a red road", "ten [MASK] [MASK] in the rain [MASK]");
      var filled = filler.fill(texts, 1, done -> {});
      for (int i = 0; i < texts.size(); i++) {
        int[] ids = folder.tokenizer().encode(texts.get(i));
        int mask = folder.tokenizer().id("[MASK]").orElseThrow();
        int[] places = IntStream.range(0, ids.length).filter(t -> ids[t] == mask).toArray();
        float[] logits = folder.direct(texts.get(i), Optional.of(Task.MASKED_LM));
        int vocabulary = logits.length / ids.length;
        assertEquals(places.length, filled.get(i).masks().size());
        for (int m = 0; m < places.length; m++) {
          int from = places[m] * vocabulary;
          double sum =
              IntStream.range(from, from + vocabulary).mapToDouble(v -> Math.exp(logits[v])).sum();
          List<Integer> best =
              IntStream.range(0, vocabulary)
                  .boxed()
                  .sorted((a, b) -> Float.compare(logits[from + b], logits[from + a]))
                  .toList();
          assertEquals(5, filled.get(i).masks().get(m).size());
          for (int n = 0; n < 5; n++) {
            var guess = filled.get(i).masks().get(m).get(n);
            int id = best.get(n);
            assertEquals(Math.exp(logits[from + id]) / sum, guess.score(), 1e-5);
            String spelled =
                id < folder.tokenizer().size()
                    ? folder.tokenizer().decodeWithSpecials(new int[] {id})
                    : "";
            assertEquals(spelled, guess.token());
          }
        }
      }
      assertEquals(1, filler.fill(texts.get(0)).size());
      var many = filler.with(new FillMask.Options(1 << 20, TooLong.FAIL, 1));
      double all = many.fill("[MASK]").get(0).stream().mapToDouble(FillMask.Guess::score).sum();
      assertEquals(1, all, 1e-4);
    }
  }

  @Test
  void aTextWithoutAMaskIsNamed() {
    EncoderFolder folder = EncoderFolder.of("bert-mlm", dir.resolve("model"));
    try (FillMask filler = FillMask.load(folder.path(), Device.CPU)) {
      String sentence =
          assertThrows(UserError.class, () -> filler.fill(List.of("[MASK]", "rain"), 7, done -> {}))
              .getMessage();
      assertEquals("text 8 has no mask: write [MASK] where a token is to be guessed", sentence);
      String beyond = folder.text(folder.positions()) + " [MASK]";
      FillMask cutting = filler.with(new FillMask.Options(1, TooLong.CUT, 1));
      assertTrue(
          assertThrows(UserError.class, () -> cutting.fill(beyond))
              .getMessage()
              .contains("no mask in what is left of it"));
    }
  }
}
