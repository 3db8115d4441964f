package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every metric, option and sentence of the fixture, against sacreBLEU's figures. */
class SacrebleuParityTest {
  private static final double TOLERANCE = 1e-9;

  private static JsonNode read(String file) throws IOException {
    var path = Fixtures.folder("oracle/metrics_sacrebleu").resolve(file);
    return new ObjectMapper().readTree(path.toFile());
  }

  static Stream<JsonNode> cases() throws IOException {
    return StreamSupport.stream(read("scores.json").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsSacrebleu(JsonNode expected) throws IOException {
    var pairs = read("pairs.json");
    var hypotheses = texts(pairs.get("hypotheses"));
    var references =
        IntStream.range(0, expected.get("references").asInt())
            .mapToObj(i -> texts(pairs.get("references").get(i)))
            .toList();
    var options = expected.get("options");
    var corpus = expected.get("corpus");
    switch (expected.get("metric").asText()) {
      case "BLEU" -> {
        var bleuOptions = bleu(options);
        var score = new Bleu(bleuOptions).corpus(hypotheses, references);
        check(corpus, score.score(), score.signature());
        assertEquals(doubles(corpus.get("counts")), score.counts());
        assertEquals(doubles(corpus.get("totals")), score.totals());
        for (int n = 0; n < score.precisions().size(); n++) {
          double precision = corpus.get("precisions").get(n).asDouble();
          assertEquals(precision, score.precisions().get(n), TOLERANCE);
        }
        assertEquals(corpus.get("bp").asDouble(), score.bp(), TOLERANCE);
        assertEquals(corpus.get("sys_len").asLong(), score.sysLen());
        assertEquals(corpus.get("ref_len").asLong(), score.refLen());
        var sentences = new Bleu(bleuOptions.withEffectiveOrder(true));
        checkSentences(
            expected, hypotheses, references, (h, r) -> sentences.sentence(h, r).score());
      }
      case "CHRF" -> {
        var chrf = new Chrf(chrf(options));
        var score = chrf.corpus(hypotheses, references);
        check(corpus, score.score(), score.signature());
        checkSentences(expected, hypotheses, references, (h, r) -> chrf.sentence(h, r).score());
      }
      case "TER" -> {
        var ter = new Ter(ter(options));
        var score = ter.corpus(hypotheses, references);
        check(corpus, score.score(), score.signature());
        assertEquals(corpus.get("num_edits").asLong(), score.numEdits());
        assertEquals(corpus.get("ref_length").asDouble(), score.refLength(), TOLERANCE);
        checkSentences(expected, hypotheses, references, (h, r) -> ter.sentence(h, r).score());
      }
      default -> throw new AssertionError("no metric " + expected.get("metric"));
    }
  }

  private interface SentenceScore {
    double of(String hypothesis, List<String> references);
  }

  private static void check(JsonNode corpus, double score, String signature) {
    assertEquals(corpus.get("score").asDouble(), score, TOLERANCE);
    assertEquals(
        corpus.get("signature").asText().replaceFirst("version:.*", ""),
        signature.replaceFirst("version:heed-.*", ""));
  }

  private static void checkSentences(
      JsonNode expected,
      List<String> hypotheses,
      List<List<String>> references,
      SentenceScore score) {
    assertEquals(expected.get("sentences").size(), hypotheses.size());
    for (int i = 0; i < hypotheses.size(); i++) {
      var hypothesis = hypotheses.get(i);
      assertEquals(
          expected.get("sentences").get(i).asDouble(),
          score.of(hypothesis, Segments.line(references, i)),
          TOLERANCE,
          hypothesis);
    }
  }

  private static Bleu.Options bleu(JsonNode given) {
    onlyKnown(given, "tokenize", "lowercase", "smooth_method", "smooth_value", "effective_order");
    var method =
        Bleu.SmoothingMethod.valueOf(
            given.path("smooth_method").asText("exp").toUpperCase(Locale.ROOT).replace('-', '_'));
    var smoothing =
        switch (method) {
          case NONE -> Bleu.Smoothing.NONE;
          case FLOOR -> Bleu.Smoothing.FLOOR;
          case ADD_K -> Bleu.Smoothing.ADD_K;
          case EXP -> Bleu.Smoothing.EXP;
        };
    return Bleu.Options.DEFAULT
        .withTokenizer(BleuTokenizer.of(given.path("tokenize").asText("13a")))
        .withLowercase(given.path("lowercase").asBoolean())
        .withSmoothing(
            new Bleu.Smoothing(method, given.path("smooth_value").asDouble(smoothing.value())))
        .withEffectiveOrder(given.path("effective_order").asBoolean());
  }

  private static Chrf.Options chrf(JsonNode given) {
    onlyKnown(
        given, "char_order", "word_order", "beta", "lowercase", "whitespace", "eps_smoothing");
    return Chrf.Options.DEFAULT
        .withCharOrder(given.path("char_order").asInt(6))
        .withWordOrder(given.path("word_order").asInt(0))
        .withBeta(given.path("beta").asInt(2))
        .withLowercase(given.path("lowercase").asBoolean())
        .withWhitespace(given.path("whitespace").asBoolean())
        .withEpsSmoothing(given.path("eps_smoothing").asBoolean());
  }

  private static Ter.Options ter(JsonNode given) {
    onlyKnown(given, "normalized", "no_punct", "asian_support", "case_sensitive");
    return new Ter.Options(
        given.path("normalized").asBoolean(),
        given.path("no_punct").asBoolean(),
        given.path("asian_support").asBoolean(),
        given.path("case_sensitive").asBoolean());
  }

  private static void onlyKnown(JsonNode options, String... known) {
    options
        .fieldNames()
        .forEachRemaining(name -> assertTrue(List.of(known).contains(name), "option " + name));
  }

  private static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  private static List<Double> doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asDouble).toList();
  }
}
