package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void files() {
    model = TinyModel.save(folder.resolve("model"));
  }

  @Test
  void attentionWritesNumbersAndPicturesAndPrintsTheirPaths() throws IOException {
    Path maps = folder.resolve("new/maps");
    List<String> printed =
        Shell.run("attention", "--model", model, "--out", maps, "a red dog", "two cats").lines();
    assertEquals(
        Stream.of("attention.json", "encoder.png", "decoder.png", "cross.png", "alignment.png")
            .map(name -> maps.resolve(name).toString())
            .toList(),
        printed);
    for (String file : printed.subList(1, 5))
      assertTrue(ImageIO.read(Path.of(file).toFile()) != null);
    JsonNode json = new ObjectMapper().readTree(maps.resolve("attention.json").toFile());
    assertEquals("</s>", json.get("source").get(json.get("source").size() - 1).asText());
    assertEquals("<s>", json.at("/target/0").asText());
    assertFalse(json.get("target").toString().contains("</s>"), "the end is never fed");
    String said = json.get("target").toString().replaceAll("<s>|[\\[\\]\",]", "");
    assertEquals("two▁cats", said);
    assertEquals(2, json.get("cross").size());
    assertEquals(json.get("target").size(), json.at("/cross/0/0").size());
  }

  @Test
  void withoutATargetTheModelsOwnIsTaken() throws IOException {
    Path maps = folder.resolve("own");
    Shell.run("attention", "--model", model, "--out", maps, "--head", 1, "--layer", 0, "a red dog")
        .lines();
    JsonNode json = new ObjectMapper().readTree(maps.resolve("attention.json").toFile());
    assertTrue(json.get("target").size() > 1);
  }

  @Test
  void headsAndLayersThatAreNotThereAreNamedBeforeAnythingIsWritten() {
    Path maps = folder.resolve("none");
    for (String option : List.of("--layer", "--head")) {
      String failure =
          Shell.run("attention", "--model", model, "--out", maps, option, 2, "a dog").failure(2);
      assertTrue(failure.contains(option + " must be from 0 to 1"), failure);
    }
    assertTrue(
        Shell.run("attention", "--model", model, "--out", maps, " ").failure(1).contains("empty"));
    assertFalse(Files.exists(maps));
  }

  @Test
  void summaryOfAFolderAndOfARecipe() throws IOException {
    String table = Shell.run("summary", "--model", model).out();
    assertTrue(table.startsWith("One pair of 32 source and 32 target tokens"), table);
    assertTrue(table.lines().anyMatch(line -> line.startsWith("total")));

    JsonNode json =
        new ObjectMapper()
            .readTree(Shell.run("summary", "--model", model, "--json", "--target-length", 8).out());
    assertEquals(8, json.get("targetLength").asInt());
    long parameters = 0;
    double shares = 0;
    for (JsonNode row : json.get("rows")) {
      parameters += row.get("parameters").asLong();
      shares += row.get("share").asDouble();
    }
    assertEquals(json.get("parameters").asLong(), parameters);
    assertEquals(4 * parameters, json.get("bytes").asLong());
    assertEquals(1, shares, 1e-9);
    assertEquals("source embedding", json.at("/rows/1/tiedTo").asText());

    Path recipe =
        Files.writeString(
            folder.resolve("r.yaml"),
            "text: {vocabulary: 50}\nmodel: {d: 8, ffn: 8, heads: 2, encoder: 1, decoder: 1}\n");
    JsonNode untrained =
        new ObjectMapper().readTree(Shell.run("summary", "--recipe", recipe, "--json").out());
    assertEquals(400, untrained.at("/rows/0/parameters").asLong());
  }

  @Test
  void summaryMistakes() {
    Shell.run("summary").failure(2);
    Shell.run("summary", "--model", model, "--recipe", "x.yaml").failure(2);
    Shell.run("summary", "--model", model, "--source-length", 0).failure(2);
    Shell.run("summary", "--model", folder.resolve("nothing")).failure(1);
  }
}
