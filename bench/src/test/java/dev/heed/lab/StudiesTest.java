package dev.heed.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.attention.Mechanisms;
import dev.heed.attention.Place;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StudiesTest {
  @Test
  void everyMechanismHasAContenderThatCanBeMade() {
    List<Contender> all = Contender.all();
    for (String name : Mechanisms.names())
      assertTrue(all.stream().anyMatch(one -> one.name().startsWith(name)), name);
    assertEquals(all.size(), all.stream().map(Contender::name).distinct().count());
    for (Contender one : all) {
      one.mixer(new Place(16, 2, 128, 0, false));
      assertEquals(one.name(), Contender.named(one.name()).name());
    }
  }

  @Test
  void exactMechanismsHaveNoErrorAndOthersHave() {
    assertTrue(error("flash") < 1e-5);
    assertTrue(error("scaled_dot_product fused") < 1e-5);
    assertTrue(error("linformer") > 1e-2);
  }

  private static double error(String contender) {
    var cost = new AttentionCost(Contender.named(contender), 160, 1, 16, 2, false);
    Map<String, Object> figures = cost.answer("measure", 0);
    assertTrue((double) figures.get("milliseconds") > 0);
    return (double) figures.get("relative error");
  }

  @Test
  void exponentsAreTheSlope() {
    NavigableMap<Double, Double> series = new TreeMap<>(Map.of(128.0, 1e6));
    for (double n : new double[] {1024, 2048, 4096}) series.put(n, 3 * Math.pow(n, 1.5));
    assertEquals(1.5, AttentionStudy.exponent(series).orElseThrow(), 1e-9);
    assertTrue(AttentionStudy.exponent(series.headMap(4096.0, false)).isEmpty());
  }

  @Test
  void memoryIsEstimatedFromWhatSmallerLengthsTook() {
    assertEquals(0, AttentionStudy.estimate(new TreeMap<>(), 1024));
    assertEquals(160, AttentionStudy.estimate(new TreeMap<>(Map.of(256.0, 10.0)), 1024), 1e-9);
    var linear = new TreeMap<>(Map.of(256.0, 10.0, 512.0, 20.0));
    assertEquals(40, AttentionStudy.estimate(linear, 1024), 1e-9);
    var flat = new TreeMap<>(Map.of(256.0, 10.0, 512.0, 10.0));
    assertEquals(20, AttentionStudy.estimate(flat, 1024), 1e-9);
  }

  @Test
  void scalingKeepsTheSoftmaxFromSaturating() {
    assertEquals(134_217_728, ScoreStudy.dotOperations(512, 512));
    assertEquals(268_435_456, ScoreStudy.additiveOperations(512, 512));
    Map<String, Object> scaled = ScoreStudy.softmax(256, 1 / 16.0).orElseThrow();
    Map<String, Object> raw = ScoreStudy.softmax(256, 1).orElseThrow();
    assertEquals(1, (double) scaled.get("variance"), 0.1);
    assertEquals(256, (double) raw.get("variance"), 25);
    assertTrue((double) scaled.get("entropy") > 5);
    assertTrue((double) raw.get("entropy") < 1);
  }

  @Test
  void aShortRunLearnsAndCanBeAsked() {
    var run =
        new LongRun(
            LongTask.COPY, Contender.named("linear"), 32, new LongRun.Sizes(8, 32, 2, 1), 1);
    assertTrue((double) run.answer("probe", 16).get("MiB") >= 0);
    double before = (double) run.answer("evaluate", 4).get("accuracy");
    double loss = (double) run.answer("train", 400).get("loss");
    assertTrue(loss < Math.log(8) - 0.1, "loss " + loss);
    assertTrue((double) run.answer("evaluate", 4).get("accuracy") > before);
  }
}
