package dev.heed.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.recipe.Recipe;
import dev.heed.tensor.Engine;
import dev.heed.tensor.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole contests on dates; the part of Python is played by a shell script that starts Heed. */
class BenchTest {
  @TempDir Path folder;

  @BeforeAll
  static void oneThread() {
    Engine.threads(1); // and so the contestants: two threads on a busy machine wait for each other
  }

  private static Recipe recipe(String... more) {
    List<String> overrides =
        new ArrayList<>(
            List.of(
                "data.format=dates",
                "data.train=500",
                "data.maxLength=64",
                "data.batchTokens=256",
                "text.kind=characters",
                "text.vocabulary=60",
                "model.d=16",
                "model.ffn=32",
                "model.encoder=1",
                "model.decoder=1"));
    overrides.addAll(Arrays.asList(more));
    return Size.TINY.recipe(overrides);
  }

  /** A program in Python's stead, which has every package. */
  private Optional<Path> program(String script) throws IOException {
    Path program = folder.resolve("python");
    Files.writeString(program, "#!/bin/sh\n[ \"$1\" = -c ] && exit\n" + script + "\n");
    assertTrue(program.toFile().setExecutable(true));
    return Optional.of(program);
  }

  /** Heed behind the peers' arguments. */
  private Optional<Path> heed(String task) throws IOException {
    return program(
        "exec %s -cp '%s' dev.heed.bench.Serve %s \"$3\" \"$5\" \"$7\" \"$9\""
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                task));
  }

  private TrainBench training(Recipe recipe, int rounds, Optional<Path> peer) {
    return new TrainBench(recipe, 2, rounds, peer, TrainBench.Modes.EAGER, folder);
  }

  @Test
  void trainsAlone() {
    Report report = training(recipe(), 1, Optional.empty()).run(said -> {});
    assertEquals(List.of("heed"), report.series().stream().map(Series::name).toList());
    JsonNode round = report.series().get(0).rounds().get(0);
    assertTrue(round.path("target_tokens").asInt() > 20, round.toString());
    assertTrue(round.path("loss").asDouble() > 0, round.toString());
    assertTrue(report.shares().values().get(0) > 0);
    assertTrue(report.toText().contains("heed"));
  }

  @Test
  void trainsBesideAPeerOnTheSameBatches() throws IOException {
    Report report = training(recipe(), 2, heed("train")).run(said -> {});
    List<JsonNode> ours = report.series().get(0).rounds();
    List<JsonNode> theirs = report.series().get(1).rounds();
    for (int round = 0; round < 2; round++)
      for (String field : List.of("target_tokens", "loss"))
        assertEquals(ours.get(round).get(field), theirs.get(round).get(field));
    JsonNode json = new ObjectMapper().readTree(report.toJson());
    assertTrue(json.at("/ratios/target_tokens/PyTorch eager").asDouble() > 0, json.toString());
    assertEquals(2, json.at("/contestants/1/rounds").size());
  }

  @Test
  void refusesAPeerThatComputesSomethingElse() throws IOException {
    Optional<Path> wrong =
        program("while read -r c; do [ $c = quit ] && exit; echo '{\"loss\": 1}'; done");
    UserError refused =
        assertThrows(UserError.class, () -> training(recipe(), 1, wrong).run(said -> {}));
    assertTrue(refused.getMessage().contains("not timed"), refused.getMessage());
  }

  @Test
  void refusesAModelThatThePeersDoNotKnow() {
    UserError refused =
        assertThrows(
            UserError.class,
            () -> training(recipe("model.placement=pre"), 1, Optional.empty()).run(said -> {}));
    assertTrue(refused.getMessage().contains("model.placement=post"), refused.getMessage());
  }

  /** A decoder's folder. */
  private Path decoder() {
    var config = new ObjectMapper().createObjectNode();
    config.put("vocab_size", 50).put("n_positions", 40);
    config.put("n_embd", 16).put("n_layer", 2).put("n_head", 2);
    Path model = folder.resolve("decoder");
    try (Scope scope = Scope.open()) {
      Files.createDirectories(model);
      Checkpoint.create("GPT2LMHeadModel", config).save(model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return model;
  }

  @Test
  void generatesBesideAPeerWithTheSameIds() throws IOException {
    Path model = decoder();
    // Behind generate.py's arguments: --work W --model M --threads T --tokens N.
    Optional<Path> peer =
        program(
            "exec %s -cp '%s' dev.heed.bench.Serve generate \"$5\" \"$7\" \"$3\" \"$9\""
                .formatted(
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    System.getProperty("java.class.path")));
    var limits = new GenerateBench.Limits(/* prompt= */ 5, /* tokens= */ 6, /* batch= */ 2);
    Report report = new GenerateBench(model, limits, 2, peer, folder).run(said -> {});
    assertEquals("12 of 12 (100.0 %)", report.setup().get("same ids"));
    for (Series each : report.series())
      assertEquals(12, each.rounds().get(1).path("tokens").asInt());
    assertEquals("memory rate", report.shares().of());
    assertTrue(report.shares().values().get(1) > 0, report.toText());
  }

  @Test
  void loadsInAProcessOfItsOwn() {
    var figures = new ObjectMapper().createObjectNode();
    String text = new LoadBench(decoder(), 2, folder).run(figures);
    assertEquals(2, figures.path("rounds").size());
    assertTrue(figures.at("/rounds/1/parameters").asInt() > 1000, figures.toString());
    assertTrue(text.contains("greatest peak ÷ file"), text);
  }

  @Test
  void translatesBesideAPeer() throws IOException {
    var limits =
        new TranslateBench.Limits(/* sentences= */ 10, /* batch= */ 4, 2, /* maxLength= */ 8);
    Report report =
        new TranslateBench(recipe(), Optional.empty(), limits, 1, heed("translate"), folder)
            .run(said -> {});
    assertEquals("4 of the first batch's 4 rows", report.setup().get("same outputs"));
    for (Series each : report.series())
      assertEquals(10, each.rounds().get(0).path("sentences").asInt());
  }
}
