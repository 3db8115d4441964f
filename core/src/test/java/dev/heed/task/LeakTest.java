package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.recipe.Tiny;
import dev.heed.tensor.Device;
import dev.heed.tensor.Pointers;
import dev.heed.train.TrainState;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What native memory a step or a translation takes, it gives back: counted by native pointers. */
@ExtendWith(OneThread.class)
final class LeakTest {
  @TempDir private Path dir;

  @Test
  void neitherTrainingNorTranslatingLeaksPointers() {
    var counts = new TreeMap<Long, Long>();
    var counter =
        new Tiny.Silent() {
          @Override
          public void update(TrainState state, double loss, double nll, double lr, long tokens) {
            counts.put(state.step(), Pointers.count());
          }
        };
    System.gc(); // of other tests' pointers
    Tiny.train(Tiny.recipe(dir, "train.steps=60"), dir, counter, () -> false);
    assertEquals(60, counts.size());
    long most = Collections.max(counts.tailMap(10L).values());
    assertTrue(most <= counts.get(10L), counts.toString());

    try (Translator translator = Translator.load(dir, Device.CPU)) {
      Translator wide = translator.with(translator.decode().withBeam(3, 1));
      List<String> lines = Collections.nCopies(40, "1 May 1998");
      wide.translate(lines);
      long before = Pointers.count();
      for (int i = 0; i < 20; i++) wide.translate(lines.subList(0, i + 1));
      long after = Pointers.count();
      assertTrue(after <= before, before + " pointers became " + after);
    }
  }

  @Test
  void readingTextsLeaksNoPointers() {
    EncoderFolder folder = EncoderFolder.of("bert-cls", dir.resolve("model"));
    try (Embedder embedder = Embedder.load(folder.path(), Device.CPU);
        Classifier classifier = Classifier.load(folder.path(), Device.CPU)) {
      List<String> texts = EncoderFolder.TEXTS;
      embedder.embed(texts);
      classifier.classify(texts, 1, done -> {});
      long before = Pointers.count();
      for (int i = 0; i < 20; i++) {
        embedder.embed(texts.subList(0, i % texts.size()));
        classifier.classify(texts.subList(0, i % texts.size()), 1, done -> {});
      }
      long after = Pointers.count();
      assertTrue(after <= before, before + " pointers became " + after);
    }
  }
}
