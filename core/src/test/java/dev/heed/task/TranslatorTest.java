package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.DateCorpus;
import dev.heed.data.Pair;
import dev.heed.recipe.Tiny;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
final class TranslatorTest {
  @TempDir private static Path dir;
  private static Translator translator;
  private static List<String> lines;

  @BeforeAll
  static void train() {
    Tiny.train(Tiny.recipe(dir, "train.steps=8"), dir);
    translator = Translator.load(dir, Device.CPU);
    List<Pair> pairs = new ArrayList<>();
    new DateCorpus(9, 40, DateCorpus.Split.TEST).iterator().forEachRemaining(pairs::add);
    lines = pairs.stream().map(Pair::source).toList();
  }

  @AfterAll
  static void close() {
    translator.close();
  }

  @Test
  void eightThreadsGetWhatOneGets() throws Exception {
    Translator wide = translator.with(translator.decode().withBeam(3, 2));
    List<String> greedy = translator.translate(lines);
    List<List<Translator.Scored>> beams = wide.nBest(lines, done -> {});
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Boolean>> work =
          IntStream.range(0, 16)
              .<Callable<Boolean>>mapToObj(
                  i ->
                      () ->
                          i % 2 == 0
                              ? translator.translate(lines).equals(greedy)
                              : wide.nBest(lines, done -> {}).equals(beams))
              .toList();
      for (Future<Boolean> equal : threads.invokeAll(work)) assertEquals(true, equal.get());
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void emptyLinesStayInTheirPlaces() {
    List<String> alone = translator.translate(List.of(lines.get(0), lines.get(1)));
    List<Integer> done = new ArrayList<>();
    List<String> among =
        translator.nBest(List.of("", lines.get(0), " \t", lines.get(1), ""), done::add).stream()
            .map(best -> best.get(0).text())
            .toList();
    assertEquals(List.of("", alone.get(0), "", alone.get(1), ""), among);
    assertEquals(5, done.stream().mapToInt(i -> i).sum());
    assertEquals(List.of(), translator.translate(List.of()));
    assertEquals(List.of(""), translator.translate(List.of("")));
  }

  @Test
  void aLineThatIsTooLongIsNamed() {
    for (int length : new int[] {64, 1 << 16}) {
      List<String> given = List.of(lines.get(0), "", "7".repeat(length));
      String sentence =
          assertThrows(UserError.class, () -> translator.translate(given)).getMessage();
      assertEquals(
          "line 3 has %d tokens, and the model takes at most 64: split it".formatted(length + 1),
          sentence);
    }
    assertEquals(1, translator.translate(List.of("7".repeat(63))).size());
  }

  @Test
  void textThatNoTrainingHasShown() {
    assertEquals(3, translator.translate(List.of("\u4e00\u4e8c", "</s><pad><s>", "\u0000")).size());
  }

  @Test
  void closingEitherClosesBoth() {
    Translator first = Translator.load(dir, Device.CPU);
    Translator second = first.with(first.decode().withBeam(2, 1));
    second.close();
    for (Translator closed : List.of(first, second))
      assertEquals(
          "this translator is closed: load another",
          assertThrows(IllegalStateException.class, () -> closed.translate(lines)).getMessage());
    second.close();
  }
}
