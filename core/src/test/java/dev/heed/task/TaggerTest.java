package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.model.TextModel.Task;
import dev.heed.task.Entities.Token;
import dev.heed.task.Tagger.Entity;
import dev.heed.tensor.Device;
import dev.heed.text.Encoding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
final class TaggerTest {
  private static final List<String> NAMES = List.of("O", "B-PER", "I-PER", "B-LOC", "I-LOC");

  @TempDir private Path dir;

  @Test
  void entitiesAreThoseOfTransformers() throws IOException {
    Path file = Fixtures.folder("oracle/token_merging").resolve("cases.json");
    JsonNode cases = new ObjectMapper().readTree(file.toFile());
    assertFalse(cases.isEmpty());
    for (JsonNode one : cases) {
      List<String> labels = new ArrayList<>();
      one.path("labels").forEach(label -> labels.add(label.asText()));
      List<Token> tokens = new ArrayList<>();
      for (JsonNode token : one.path("tokens")) {
        double[] scores = new double[labels.size()];
        Arrays.setAll(scores, i -> token.path("scores").path(i).asDouble());
        tokens.add(
            new Token(
                token.path("start").asInt(),
                token.path("end").asInt(),
                token.path("continues").asBoolean(),
                scores));
      }
      for (Merge merge : Merge.values()) {
        JsonNode expected = one.path("entities").path(merge.name().toLowerCase(Locale.ROOT));
        String text = one.path("text").asText();
        List<Entity> found = new Entities(labels, merge).of(text, tokens);
        assertEquals(expected.size(), found.size(), merge + " " + text);
        for (int i = 0; i < found.size(); i++) {
          Entity entity = found.get(i);
          assertEquals(expected.path(i).path("label").asText(), entity.label());
          assertEquals(expected.path(i).path("start").asInt(), entity.start());
          assertEquals(expected.path(i).path("end").asInt(), entity.end());
          assertEquals(expected.path(i).path("score").asDouble(), entity.score(), 2e-6);
          assertEquals(text.substring(entity.start(), entity.end()), entity.text());
        }
      }
    }
  }

  /** Entities of one-letter tokens with these labels, as {@code label:text}. */
  private static List<String> merged(String... labels) {
    List<String> names = Arrays.stream(labels).distinct().toList();
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      double[] scores = new double[names.size()];
      scores[names.indexOf(labels[i])] = 1;
      tokens.add(new Token(2 * i, 2 * i + 1, false, scores));
    }
    return new Entities(names, Merge.SIMPLE)
        .of("a b c d e f g".substring(0, 2 * labels.length - 1), tokens).stream()
            .map(entity -> entity.label() + ":" + entity.text())
            .toList();
  }

  @Test
  void endsAndSinglesPartEntities() {
    assertEquals(
        List.of("P:a b", "P:c", "P:d", "L:e f"),
        merged("B-P", "E-P", "S-P", "S-P", "B-L", "E-L", "O"));
    assertEquals(List.of("P:a b c", "P:d"), merged("B-P", "I-P", "L-P", "U-P"));
    assertEquals(List.of("P:a b", "P:c", "L:d"), merged("I-P", "I-P", "B-P", "I-L"), "IOB1");
    assertEquals(List.of("E-MAIL:a b"), merged("E-MAIL", "E-MAIL", "O"), "no prefix");
  }

  @Test
  void labelsAreThoseOfEachTextAlone() {
    EncoderFolder folder =
        EncoderFolder.of("bert-ner", dir.resolve("model"), TaggerTest::nameLabels);
    try (Tagger loaded = Tagger.load(folder.path(), Device.CPU)) {
      Tagger tagger =
          loaded.with(new Tagger.Options(Merge.NONE, TooLong.FAIL, OptionalInt.empty(), 3));
      List<Tagger.Tagged> tagged = tagger.tag(EncoderFolder.TEXTS, 1, done -> {});
      int entities = 0;
      for (int i = 0; i < tagged.size(); i++) {
        String text = EncoderFolder.TEXTS.get(i);
        Encoding encoding = folder.tokenizer().encoding(text);
        float[] logits = folder.direct(text, Optional.of(Task.TOKENS));
        List<Entity> expected = new ArrayList<>();
        for (int t = 1; t + 1 < encoding.size(); t++)
          entity(text, encoding.spans().get(t), logits, t, loaded.labels())
              .ifPresent(expected::add);
        assertEquals(expected.size(), tagged.get(i).entities().size(), text);
        for (int e = 0; e < expected.size(); e++) {
          Entity found = tagged.get(i).entities().get(e);
          assertEquals(expected.get(e).score(), found.score(), 1e-5);
          assertEquals(expected.get(e).label(), found.label());
          assertEquals(expected.get(e).start(), found.start());
          assertEquals(expected.get(e).text(), found.text());
        }
        entities += expected.size();
      }
      assertTrue(entities > 0);
      assertEquals(
          tagger.tag("rain on the roots"), loaded.with(tagger.options()).tag("rain on the roots"));
    }
  }

  private static void nameLabels(ObjectNode config) {
    ObjectNode named = config.withObject("/id2label");
    for (int i = 0; i < Math.min(named.size(), NAMES.size()); i++)
      named.put(Integer.toString(i), NAMES.get(i));
  }

  private static Optional<Entity> entity(
      String text, Encoding.Span span, float[] logits, int t, List<String> labels) {
    int count = labels.size();
    int best = 0;
    double sum = 0;
    for (int c = 0; c < count; c++) {
      if (logits[t * count + c] > logits[t * count + best]) best = c;
      sum += Math.exp(logits[t * count + c]);
    }
    if (labels.get(best).equals("O")) return Optional.empty();
    double score = Math.exp(logits[t * count + best]) / sum;
    String part = text.substring(span.start(), span.end());
    return Optional.of(new Entity(labels.get(best), score, part, span.start(), span.end()));
  }

  @Test
  void wordsAreKnownByTheirPieces() {
    EncoderFolder folder = EncoderFolder.of("bert-ner", dir.resolve("model"));
    try (Tagger loaded = Tagger.load(folder.path(), Device.CPU)) {
      Tagger words =
          loaded.with(new Tagger.Options(Merge.AVERAGE, TooLong.CUT, OptionalInt.empty(), 8));
      String text = "the stones, " + folder.text(folder.positions());
      Tagger.Tagged tagged = words.tag(List.of(text), 1, done -> {}).get(0);
      assertTrue(tagged.cut());
      for (Entity entity : tagged.entities()) {
        assertFalse(
            Character.isLetter(entity.end() < text.length() ? text.charAt(entity.end()) : ' ')
                && entity.end() < text.length() - 40,
            entity.toString());
        assertTrue(entity.start() == 0 || !Character.isLetter(text.charAt(entity.start() - 1)));
      }
    }
  }

  @Test
  void aLongTextIsReadInWindowsThatOverlap() {
    EncoderFolder folder =
        EncoderFolder.of("bert-ner", dir.resolve("model"), TaggerTest::nameLabels);
    try (Tagger loaded = Tagger.load(folder.path(), Device.CPU)) {
      String text = "ten old stones in the rain and sand on a red road ".repeat(3).strip();
      Encoding all = folder.tokenizer().withoutSpecials().encoding(text);
      int room = folder.positions() - 2;
      assertTrue(all.size() > room, "the text is long");
      int stride = 5;
      List<Entity> expected = new ArrayList<>();
      int[] around = folder.tokenizer().encode("");
      for (int from = 0; ; from += room - stride) {
        int to = Math.min(from + room, all.size());
        int[] ids = new int[to - from + 2];
        ids[0] = around[0];
        System.arraycopy(all.ids(), from, ids, 1, to - from);
        ids[ids.length - 1] = around[1];
        float[] logits = folder.direct(ids, new int[ids.length], Optional.of(Task.TOKENS));
        for (int t = from; t < to; t++)
          entity(text, all.spans().get(t), logits, t - from + 1, loaded.labels())
              .ifPresent(expected::add);
        if (to == all.size()) break;
      }
      Tagger windows =
          loaded.with(new Tagger.Options(Merge.NONE, TooLong.FAIL, OptionalInt.of(stride), 2));
      Tagger.Tagged tagged = windows.tag(List.of("rain", text), 1, done -> {}).get(1);
      assertFalse(tagged.cut());
      List<Entity> found = tagged.entities();
      List<Entity> apart = Entities.apart(expected);
      assertEquals(apart.size(), found.size());
      for (int i = 0; i < found.size(); i++) {
        assertEquals(apart.get(i).start(), found.get(i).start());
        assertEquals(apart.get(i).label(), found.get(i).label());
        assertEquals(apart.get(i).score(), found.get(i).score(), 1e-5);
      }
      assertTrue(found.get(found.size() - 1).start() > all.spans().get(room).start());
    }
  }

  /** As transformers' {@code aggregate_overlapping_entities} has it. */
  @Test
  void ofEntitiesThatOverlapTheLongestCountsThenTheSurest() {
    Entity one = new Entity("P", 0.5, "ab", 0, 2);
    Entity longer = new Entity("L", 0.1, "bcd", 1, 4);
    Entity within = new Entity("P", 0.9, "c", 2, 3);
    Entity next = new Entity("P", 0.3, "ef", 4, 6);
    Entity surer = new Entity("L", 0.4, "ef", 4, 6);
    assertEquals(List.of(longer, surer), Entities.apart(List.of(next, one, longer, within, surer)));
    assertEquals(List.of(one, next), Entities.apart(List.of(one, next)));
    assertEquals(List.of(), Entities.apart(List.of()));
  }
}
