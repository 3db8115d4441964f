package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
final class EmbedderTest {
  @TempDir private static Path dir;
  private static EncoderFolder folder;
  private static Embedder embedder;

  @BeforeAll
  static void load() {
    folder = EncoderFolder.of("bert-cls", dir.resolve("model"));
    try (Scope scope = Scope.open()) { // takes back nothing of the model
      embedder = Embedder.load(folder.path(), Device.CPU);
    }
  }

  @AfterAll
  static void close() {
    embedder.close();
  }

  private static Embedder with(Pooling pooling, boolean unit, TooLong tooLong, int batch) {
    return embedder.with(new Embedder.Options(pooling, unit, "", tooLong, batch));
  }

  /** The mean of a text's vectors, or the first. */
  private static float[] pooled(String text, Pooling pooling) {
    float[] hidden = folder.direct(text, Optional.empty());
    int tokens = folder.tokenizer().encode(text).length;
    int d = hidden.length / tokens;
    float[] pooled = new float[d];
    for (int i = 0; i < d; i++) {
      int dim = i;
      pooled[i] =
          pooling == Pooling.CLS
              ? hidden[i]
              : (float)
                  IntStream.range(0, tokens)
                      .mapToDouble(t -> hidden[t * d + dim])
                      .average()
                      .orElseThrow();
    }
    return pooled;
  }

  @Test
  void vectorsAreThoseOfEachTextAlone() {
    for (Pooling pooling : Pooling.values())
      for (int batch : new int[] {1, 3, 32}) {
        var vectors =
            with(pooling, false, TooLong.FAIL, batch).embed(EncoderFolder.TEXTS, 1, done -> {});
        for (int i = 0; i < vectors.size(); i++) {
          String text = EncoderFolder.TEXTS.get(i);
          assertArrayEquals(pooled(text, pooling), vectors.get(i).values(), 1e-5f, text);
          assertEquals(folder.tokenizer().encode(text).length, vectors.get(i).tokens());
          assertFalse(vectors.get(i).cut());
        }
      }
    assertEquals(List.of(), embedder.embed(List.of()));
  }

  @Test
  void withoutFurtherFilesTheyAreMeansOfLengthOne() {
    float[] vector = embedder.embed("the goat");
    double length = 0;
    for (float value : vector) length += (double) value * value;
    assertEquals(1, length, 1e-6);
    assertEquals(1, Embedder.cosine(vector, pooled("the goat", Pooling.MEAN)), 1e-6);
    assertEquals(0, Embedder.cosine(vector, new float[vector.length]));
  }

  @Test
  void aPrefixStandsBeforeEachText() {
    Embedder asking = embedder.with(embedder.options().withPrefix("the old "));
    assertArrayEquals(embedder.embed("the old goat"), asking.embed("goat"), 1e-6f);
  }

  @Test
  void aTextTooLongFailsOrIsCutBeforeItsLastSpecialToken() {
    String fits = folder.text(folder.positions() - 2);
    String tooLong = fits + " and more";
    assertEquals(folder.positions(), folder.tokenizer().encode(fits).length);
    List<String> texts = List.of("rain", tooLong);
    String sentence =
        assertThrows(UserError.class, () -> embedder.embed(texts, 11, done -> {})).getMessage();
    assertTrue(
        sentence.startsWith("text 12 has ")
            && sentence.contains("takes at most " + folder.positions() + ":"),
        sentence);
    var cut = with(Pooling.MEAN, false, TooLong.CUT, 2).embed(texts, 1, done -> {});
    assertArrayEquals(pooled(fits, Pooling.MEAN), cut.get(1).values(), 1e-5f);
    assertTrue(cut.get(1).cut() && !cut.get(0).cut());
    assertEquals(folder.positions(), cut.get(1).tokens());
  }

  @Test
  void eightThreadsGetWhatOneGets() throws Exception {
    List<String> texts = EncoderFolder.TEXTS;
    float[][] alone = embedder.embed(texts).toArray(float[][]::new);
    var threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Boolean>> work = new ArrayList<>();
      for (int i = 0; i < 24; i++)
        work.add(() -> Arrays.deepEquals(alone, embedder.embed(texts).toArray(float[][]::new)));
      for (var equal : threads.invokeAll(work)) assertEquals(true, equal.get());
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void closingEitherClosesBoth() {
    Embedder first = Embedder.load(folder.path(), Device.CPU);
    first.with(first.options().withPrefix("a ")).close();
    assertEquals(
        "this embedder is closed: load another",
        assertThrows(IllegalStateException.class, () -> first.embed("rain")).getMessage());
  }

  @Test
  void theFilesOfSentenceTransformersAreHeeded() throws IOException {
    Path told = EncoderFolder.of("bert-cls", dir.resolve("told")).path();
    Path pooling = Files.createDirectories(told.resolve("1_Pooling")).resolve("config.json");
    Files.writeString(
        pooling, "{\"pooling_mode_cls_token\": true, \"pooling_mode_mean_tokens\": false}");
    Files.writeString(told.resolve("sentence_bert_config.json"), "{\"max_seq_length\": 5}");
    Files.writeString(
        told.resolve("config_sentence_transformers.json"), "{\"prompts\": {\"query\": \"the \"}}");
    Path modules = told.resolve("modules.json");
    String transformer = "{\"type\": \"sentence_transformers.models.Transformer\"}";
    Files.writeString(modules, "[" + transformer + "]");
    try (Embedder loaded = Embedder.load(told, Device.CPU)) {
      assertEquals(
          new Embedder.Options(Pooling.CLS, false, "", TooLong.FAIL, 32), loaded.options());
      assertEquals(Map.of("query", "the "), loaded.prompts());
      assertEquals(5, loaded.most());
      assertArrayEquals(pooled("no", Pooling.CLS), loaded.embed("no"), 1e-5f);
      assertThrows(UserError.class, () -> loaded.embed("ten old stones in the rain"));
    }
    Files.writeString(pooling, "{\"pooling_mode_max_tokens\": true}");
    assertTrue(refused(told).contains("pooling_mode_max_tokens"), refused(told));
    Files.writeString(pooling, "{");
    assertTrue(refused(told).contains("config.json:1: this is not JSON"), refused(told));
    Files.writeString(modules, "[{\"type\": \"sentence_transformers.models.Dense\"}]");
    assertTrue(refused(told).contains("module Dense"), refused(told));
  }

  private static String refused(Path folder) {
    return assertThrows(UserError.class, () -> Embedder.load(folder, Device.CPU)).getMessage();
  }

  @Test
  void foldersThatDoNotFit() throws IOException {
    assertTrue(refused(dir.resolve("none")).startsWith("there is no model folder"));
    Path other = EncoderFolder.of("bert-cls", dir.resolve("other")).path();
    Files.delete(other.resolve("tokenizer.json"));
    assertTrue(refused(other).contains("tokenizer.json does not exist"), refused(other));
    var names = new com.fasterxml.jackson.databind.ObjectMapper();
    var tree =
        (com.fasterxml.jackson.databind.node.ObjectNode)
            names.readTree(folder.path().resolve("tokenizer.json").toFile());
    tree.withObject("/model/vocab").put("beyond", 1 << 20);
    names.writeValue(other.resolve("tokenizer.json").toFile(), tree);
    assertTrue(
        refused(other).contains("the tokenizer has 1048577 tokens, but the model knows"),
        refused(other));
  }
}
