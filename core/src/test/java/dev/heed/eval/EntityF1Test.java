package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.config.UserError;
import dev.heed.eval.EntityF1.Entity;
import dev.heed.eval.EntityF1.Scheme;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@link EntityF1} against the fixture, and schemes that the fixture lacks by hand. */
class EntityF1Test {
  @ParameterizedTest
  @CsvSource({"conlleval, CONLLEVAL", "strict, IOB2"})
  void everyCountIsTheOracles(String reading, Scheme scheme) throws IOException {
    JsonNode file =
        new ObjectMapper()
            .readTree(Fixtures.folder("oracle/metrics_entity_f1").resolve("conll.json").toFile());
    List<List<String>> predicted = new ArrayList<>();
    List<List<String>> gold = new ArrayList<>();
    for (JsonNode sentence : file.get("sentences")) {
      predicted.add(tags(sentence.get("predicted")));
      gold.add(tags(sentence.get("gold")));
    }
    assertFalse(gold.isEmpty());
    EntityF1.Score score = EntityF1.corpus(predicted, gold, scheme);
    assertEquals(file.get("accuracy").asDouble(), score.accuracy(), 1e-12);
    assertOverlap(file.get(reading).get("overall"), score.overall());
    Set<String> types = new TreeSet<>();
    file.get(reading).get("types").fieldNames().forEachRemaining(types::add);
    assertEquals(types, score.types().keySet());
    score.types().forEach((t, o) -> assertOverlap(file.get(reading).get("types").get(t), o));
  }

  private static void assertOverlap(JsonNode wanted, Overlap got) {
    assertEquals(
        new Overlap(
            wanted.get("correct").asLong(),
            wanted.get("predicted").asLong(),
            wanted.get("gold").asLong()),
        got);
    assertEquals(wanted.get("precision").asDouble(), got.precision(), 1e-12);
    assertEquals(wanted.get("recall").asDouble(), got.recall(), 1e-12);
    assertEquals(wanted.get("f1").asDouble(), got.f1(), 1e-12);
  }

  private static List<String> tags(JsonNode tags) {
    List<String> all = new ArrayList<>();
    tags.forEach(tag -> all.add(tag.asText()));
    return all;
  }

  @Test
  void oneTextInFourSchemesHasTheSameEntities() {
    Set<Entity> wanted =
        Set.of(new Entity(0, 2, "PER"), new Entity(3, 3, "PER"), new Entity(5, 5, "X-Y"));
    assertEquals(wanted, found(Scheme.CONLLEVAL, "I-PER I-PER I-PER B-PER O I-X-Y")); // IOB1
    for (Scheme scheme : List.of(Scheme.CONLLEVAL, Scheme.IOB2))
      assertEquals(wanted, found(scheme, "B-PER I-PER I-PER B-PER O B-X-Y"));
    for (Scheme scheme : List.of(Scheme.CONLLEVAL, Scheme.BIOES))
      assertEquals(wanted, found(scheme, "B-PER I-PER E-PER S-PER O S-X-Y"));
  }

  @Test
  void whatIsNotWholeIsNoEntityOfBioes() {
    assertEquals(Set.of(), found(Scheme.BIOES, "B-A I-A O E-A I-A B-A"));
    assertEquals(Set.of(new Entity(1, 2, "A")), found(Scheme.BIOES, "B-A B-A E-A I-A"));
    assertEquals(Set.of(), found(Scheme.BIOES, "B-A E-B"));
    assertEquals(
        Set.of(new Entity(0, 0, "A"), new Entity(1, 1, "A")), found(Scheme.CONLLEVAL, "E-A I-A"));
  }

  @Test
  void whatIsNoTagIsNamed() {
    for (String tag : List.of("PER", "B", "B-", "X-PER", ""))
      assertTrue(
          assertThrows(
                  UserError.class, () -> EntityF1.entities(List.of("O", tag), Scheme.CONLLEVAL))
              .getMessage()
              .startsWith("\"" + tag + "\" is no tag"));
    assertThrows(UserError.class, () -> found(Scheme.IOB2, "B-A E-A"));
    var one = List.of(List.of("O"));
    assertThrows(UserError.class, () -> EntityF1.corpus(List.of(), one, Scheme.IOB2));
    assertThrows(
        UserError.class, () -> EntityF1.corpus(List.of(List.of("O", "O")), one, Scheme.IOB2));
    assertThrows(UserError.class, () -> EntityF1.corpus(List.of(), List.of(), Scheme.IOB2));
  }

  private static Set<Entity> found(Scheme scheme, String tags) {
    return EntityF1.entities(List.of(tags.split(" ")), scheme);
  }
}
