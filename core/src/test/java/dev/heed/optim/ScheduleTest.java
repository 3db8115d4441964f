package dev.heed.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Schedule}s against published formulas, made by name through {@link ScheduleConfig}. */
class ScheduleTest {
  /** The fixture's names of the numbers, and the keys that stand for them here. */
  private static final Map<String, String> KEYS =
      Map.ofEntries(
          Map.entry("peak", "lr"),
          Map.entry("factor", "lr"),
          Map.entry("W", "warmup"),
          Map.entry("T", "total"),
          Map.entry("min", "min"),
          Map.entry("init", "min"),
          Map.entry("end", "min"),
          Map.entry("q", "power"),
          Map.entry("cycles", "cycles"),
          Map.entry("T0", "period"),
          Map.entry("mult", "growth"),
          Map.entry("d_model", "dim"));

  record Case(ScheduleConfig config, JsonNode steps, JsonNode lr) {}

  static List<Case> cases() throws IOException {
    var file = Fixtures.folder("oracle/training_schedules").resolve("schedules.json");
    List<Case> cases = new ArrayList<>();
    for (JsonNode node : new ObjectMapper().readTree(file.toFile())) {
      List<String> keys = new ArrayList<>(List.of("kind=" + node.get("name").asText()));
      for (var e : node.get("settings").properties())
        keys.add(KEYS.get(e.getKey()) + "=" + e.getValue().asText());
      cases.add(new Case(config(keys), node.get("steps"), node.get("lr")));
    }
    return cases;
  }

  private static ScheduleConfig config(List<String> keys) {
    return Configs.parse("", "schedule.yaml", ScheduleConfig.DEFAULT, keys);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyStepHasThePublishedRate(Case c) {
    Schedule schedule = c.config().create();
    assertEquals(c.lr().size(), c.steps().size());
    assertTrue(c.steps().size() > 0);
    for (int i = 0; i < c.steps().size(); i++) {
      long step = c.steps().get(i).asLong();
      double wanted = c.lr().get(i).asDouble();
      assertEquals(wanted, schedule.lr(step), 1e-12 * c.config().lr(), c.config() + " at " + step);
    }
  }

  @Test
  void everyKindIsCompared() throws IOException {
    Set<ScheduleConfig.Kind> compared = EnumSet.noneOf(ScheduleConfig.Kind.class);
    for (Case c : cases()) compared.add(c.config().kind());
    assertEquals(EnumSet.allOf(ScheduleConfig.Kind.class), compared);
  }

  @Test
  void theDefaultRisesAndFalls() {
    Schedule schedule = ScheduleConfig.DEFAULT.create();
    long warmup = ScheduleConfig.DEFAULT.warmup();
    assertEquals(5e-4, schedule.lr(warmup), 0);
    assertEquals(5e-4 / warmup, schedule.lr(1), 1e-18);
    assertEquals(2.5e-4, schedule.lr(4 * warmup), 1e-18);
  }

  @Test
  void longRunsRestartCheaply() {
    assertEquals(1e-3, new Schedule.Sgdr(1e-3, 0, 3, 1).lr(3_000_000_000_001L), 0);
    assertEquals(1e-3, new Schedule.Sgdr(1e-3, 0, 1, 2).lr(1L << 40), 0);
  }

  /** Each line: the keys, then a piece of the message. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lr=0 | lr must be above 0, not 0.0",
        "lr=.nan | lr",
        "warmup=0 | warmup must be at least 1, not 0",
        "min=1 | min must be from 0 to lr (5.0E-4), not 1.0",
        "kind=noam dim=0 | dim must be at least 1",
        "kind=linear | total, the step at which this schedule ends, must be above warmup (4000), not 0",
        "kind=cosine total=4000 | must be above warmup (4000), not 4000",
        "kind=cosine total=9000 warmup=-1 | warmup must be at least 0",
        "kind=polynomial total=9000 power=0 | power must be above 0",
        "kind=cosine_hard_restarts total=9000 cycles=0 | cycles must be at least 1",
        "kind=constantWarmup warmup=-1 | warmup must be at least 0",
        "kind=sgdr period=0 | period must be at least 1",
        "kind=sgdr growth=0 | growth must be at least 1",
      })
  void impossibleNumbersAreNamed(String line) {
    String[] parts = line.split(" \\| ", 2);
    var error = assertThrows(UserError.class, () -> config(List.of(parts[0].split(" "))));
    String message = error.getMessage().toLowerCase(Locale.ROOT);
    assertTrue(message.contains(parts[1].toLowerCase(Locale.ROOT)), error.getMessage());
  }
}
