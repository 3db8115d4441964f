package dev.heed.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.Configs;
import dev.heed.config.Kind;
import dev.heed.model.ConvSeq2Seq;
import dev.heed.model.RecurrentSeq2Seq;
import dev.heed.model.Transformer;
import dev.heed.model.Transformer.Config;
import dev.heed.model.Transformer.Tie;
import dev.heed.model.TranslationModel;
import dev.heed.model.Vocabulary;
import dev.heed.nn.Placement;
import dev.heed.nn.Recurrent.Cell;
import dev.heed.nn.RecurrentEncoder.Direction;
import dev.heed.tensor.Scope;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SummaryTest {
  private static Config small(Placement placement, Tie tie, String attention) {
    return Configs.parse(
        "",
        "test",
        Config.TINY,
        List.of(
            "d=4",
            "ffn=8",
            "heads=2",
            "encoder=1",
            "decoder=1",
            "placement=" + placement,
            "attention=" + attention,
            "tie=" + tie,
            "positions=16"));
  }

  @Test
  void everyParameterIsInExactlyOneRow() {
    for (Placement placement : Placement.values()) {
      for (Tie tie : Tie.values()) {
        for (String attention : List.of("scaled_dot_product", "additive")) {
          try (Scope scope = Scope.open()) {
            var model =
                new Transformer(small(placement, tie, attention), new Vocabulary(10, 10, 0, 1, 2));
            Summary summary = Summary.of(model, 3, 2);
            assertEquals(model.parameterCount(), summary.parameters(), placement + " " + tie);
            assertEquals(4 * model.parameterCount(), summary.bytes());
            assertEquals(1, summary.rows().stream().mapToDouble(summary::share).sum(), 1e-12);
          }
        }
      }
    }
  }

  /**
   * Layers: 4·(512² + 512) an attention, 2·512·2048 + 2048 + 512 a feed-forward, 2·512 a norm; one
   * matrix of 37,000 · 512 for all embeddings.
   */
  @Test
  void thePapersBaseModelHas63MillionParameters() {
    try (Scope scope = Scope.open()) {
      var model = new Transformer(Config.BASE, new Vocabulary(37_000, 37_000, 0, 1, 2));
      Summary summary = Summary.of(model, 25, 25);
      long encoder = 1_050_624 + 2_099_712 + 2 * 1024;
      long decoder = 2 * 1_050_624 + 2_099_712 + 3 * 1024;
      assertEquals(37_000 * 512 + 6 * (encoder + decoder), summary.parameters());
      assertEquals(63_082_496, summary.parameters());
    }
  }

  @Test
  void flopsOfASmallModelAreThoseCountedByHand() {
    try (Scope scope = Scope.open()) {
      var model =
          new Transformer(
              small(Placement.POST, Tie.NONE, "scaled_dot_product"),
              new Vocabulary(10, 12, 0, 1, 2));
      Summary summary = Summary.of(model, 3, 2);
      var flops =
          summary.rows().stream()
              .collect(Collectors.toMap(Summary.Row::part, r -> r.forwardFlops()));
      assertEquals(0, flops.get("source embedding"));
      // qkv 2·3·4·12, out 2·3·4·4, scores and sums 4·3·3·4
      assertEquals(288 + 96 + 144, flops.get("encoder.0.self-attention"));
      assertEquals(2 * (2 * 3 * 4 * 8), flops.get("encoder.0.feed-forward"));
      assertEquals(192 + 64 + 64, flops.get("decoder.0.self-attention"));
      // q of 2 target tokens, kv of 3 source tokens, out, scores and sums 4·2·3·4
      assertEquals(64 + 192 + 64 + 96, flops.get("decoder.0.cross-attention"));
      assertEquals(2 * (2 * 2 * 4 * 8), flops.get("decoder.0.feed-forward"));
      assertEquals(2 * 2 * 4 * 12, flops.get("output projection"));
      assertEquals(528 + 384 + 320 + 416 + 256 + 192, summary.forwardFlops());
      assertEquals(3 * summary.forwardFlops(), summary.trainingFlops());
    }
  }

  @Test
  void expertsShareTheTokens() {
    Config config =
        Configs.parse(
            "",
            "test",
            small(Placement.POST, Tie.NONE, "scaled_dot_product"),
            List.of(
                "feedForward={kind: experts, experts: 4, k: 2}",
                "decoderFeedForward={kind: experts, experts: 3, routing: hash, of: gated}"));
    try (Scope scope = Scope.open()) {
      var model = new Transformer(config, new Vocabulary(10, 12, 0, 1, 2));
      var rows =
          Summary.of(model, 3, 2).rows().stream()
              .collect(Collectors.toMap(Summary.Row::part, row -> row));
      Summary.Row encoder = rows.get("encoder.0.feed-forward");
      // the router of 3 tokens, and 2 experts of each; all 4 have parameters
      assertEquals(2 * 3 * 4 * 4 + 2 * (2 * (2 * 3 * 4 * 8)), encoder.forwardFlops());
      assertEquals(4 * 4 + 4 * (2 * 4 * 8 + 8 + 4), encoder.parameters());
      // one expert of each of 2 tokens, whose three maps have no biases
      assertEquals(3 * (2 * 2 * 4 * 8), rows.get("decoder.0.feed-forward").forwardFlops());
      assertEquals(3 * (3 * 4 * 8), rows.get("decoder.0.feed-forward").parameters());
    }
  }

  @Test
  void tiedPartsSayWhoseValuesTheyUse() {
    try (Scope scope = Scope.open()) {
      var model =
          new Transformer(
              small(Placement.PRE, Tie.TARGET, "scaled_dot_product"),
              new Vocabulary(10, 12, 0, 1, 2));
      List<Summary.Row> rows = Summary.of(model, 3, 2).rows();
      Summary.Row output = rows.get(rows.size() - 1);
      assertEquals(Optional.of("target embedding"), output.tiedTo());
      assertEquals(0, output.parameters());
      assertEquals(1, rows.stream().filter(row -> row.tiedTo().isPresent()).count());
    }
  }

  @Test
  void theTableIsAlignedAndHoldsTheTotals() {
    try (Scope scope = Scope.open()) {
      var model = new Transformer(Config.TINY, new Vocabulary(100, 100, 0, 1, 2));
      Summary summary = Summary.of(model, 32, 32);
      List<String> lines = summary.toText().lines().skip(1).toList();
      assertEquals(1, lines.stream().map(String::length).distinct().count(), summary.toText());
      assertEquals(summary.rows().size() + 4, lines.size()); // header, two rules, total
      assertTrue(lines.get(lines.size() - 1).matches("total +1,337,856 .* 5\\.35 MB"));
      assertTrue(summary.toText().contains("output projection (tied to source embedding)"));
    }
  }

  @Test
  void lengthsMustBePositive() {
    try (Scope scope = Scope.open()) {
      var model = new Transformer(Config.TINY, new Vocabulary(100, 100, 0, 1, 2));
      assertThrows(IllegalArgumentException.class, () -> Summary.of(model, 0, 5));
    }
  }

  static Stream<TranslationModel.Config> ancestors() {
    RecurrentSeq2Seq.Config rnn = RecurrentSeq2Seq.Config.DEFAULT;
    return Stream.of(
        rnn,
        new RecurrentSeq2Seq.Config(
            8,
            2,
            Cell.LSTM,
            Direction.BACKWARD,
            new Kind("fixed", Map.of("everyStep", true)),
            0,
            Tie.NONE),
        new RecurrentSeq2Seq.Config(
            8, 2, Cell.LSTM, Direction.FORWARD, Kind.of("luong"), 0, Tie.TARGET),
        ConvSeq2Seq.Config.DEFAULT);
  }

  @ParameterizedTest
  @MethodSource("ancestors")
  void everyParameterOfAnAncestorIsInExactlyOneRow(TranslationModel.Config config) {
    try (Scope scope = Scope.open()) {
      TranslationModel<?> model = config.create(new Vocabulary(10, 10, 0, 1, 2));
      Summary summary = Summary.of(model, 3, 2);
      assertEquals(model.module().parameterCount(), summary.parameters());
      assertTrue(summary.toText().contains("output projection"));
    }
  }

  /** One GRU layer each way of 4 units over 3 tokens: 2 · 3 · 2 · 3·4 · (8 + 4) products. */
  @Test
  void productsOfARecurrenceByHand() {
    var config =
        new RecurrentSeq2Seq.Config(8, 1, Cell.GRU, Direction.BOTH, Kind.of("fixed"), 0, Tie.ALL);
    Summary summary = Summary.of(config.create(new Vocabulary(10, 10, 0, 1, 2)), 3, 2);
    assertEquals(
        2 * 3 * 2 * 12 * 12,
        summary.rows().stream()
            .filter(row -> row.part().equals("encoder.0"))
            .mapToLong(Summary.Row::forwardFlops)
            .sum());
  }
}
