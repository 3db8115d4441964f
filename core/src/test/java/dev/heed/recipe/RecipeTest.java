package dev.heed.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.data.DataConfig;
import dev.heed.decode.DecodeConfig;
import dev.heed.model.Transformer;
import dev.heed.text.TextConfig;
import dev.heed.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {
  private static final Path ROOT = Path.of(System.getProperty("heed.root", ".."));
  private static final String BEFORE_KEYS = "<!-- keys -->\n";

  @Test
  void everyRecipeOfTheRepositoryIsReadAndWritten(@TempDir Path folder) throws IOException {
    List<Path> recipes;
    try (var files = Files.list(ROOT.resolve("recipes"))) {
      recipes = files.filter(f -> f.toString().endsWith(".yaml")).toList();
    }
    assertFalse(recipes.isEmpty(), "no recipes");
    for (Path recipe : recipes) {
      TrainingRecipe read = TrainingRecipe.read(recipe, List.of());
      Path written = Files.writeString(folder.resolve("written.yaml"), Configs.toYaml(read));
      assertEquals(read, TrainingRecipe.read(written, List.of()));
    }
  }

  @Test
  void theKeysAreDocumented() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/recipes.md"), UTF_8);
    for (Recipe.Preset preset : Recipe.Preset.values()) {
      Recipe recipe = Recipe.of("preset=" + preset);
      Transformer.Config m = (Transformer.Config) recipe.model();
      String row =
          "| `%s` | %d | %d | %d | %d | %d | %s |\n"
              .formatted(
                  preset.name().toLowerCase(Locale.ROOT),
                  m.d(),
                  m.ffn(),
                  m.heads(),
                  m.encoder(),
                  m.decoder(),
                  m.dropout());
      assertTrue(page.contains(row), row);
    }
    assertKeys("recipes.md", Recipe.DEFAULT);
    assertKeys("fine-tuning.md", TextRecipe.DEFAULT);
    assertKeys("text-to-text.md", GenerateRecipe.DEFAULT);
    assertKeys("answering.md", SpanRecipe.DEFAULT);
    assertKeys("language-models.md", PretrainRecipe.DEFAULT);
    assertKeys("images.md", ImageRecipe.DEFAULT);
  }

  private static void assertKeys(String name, Record defaults) throws IOException {
    String page = Files.readString(ROOT.resolve("docs").resolve(name), UTF_8);
    int keys = page.indexOf(BEFORE_KEYS) + BEFORE_KEYS.length();
    String expected = page.substring(0, keys) + Configs.document(defaults);
    Files.writeString(Path.of("target").resolve(name), expected, UTF_8);
    assertEquals(expected, page, "a key changed: copy core/target/" + name + " to docs/");
  }

  @Test
  void settingsAreWhatAFileWouldSay(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("r.yaml"), "preset: base\nmodel: {heads: 4}\n");
    Recipe read = Recipe.read(file, List.of("train.steps=7"));
    assertEquals(read, Recipe.of("preset=base", "model.heads=4", "train.steps=7"));
    assertEquals(Transformer.Config.BASE.d(), ((Transformer.Config) read.model()).d());
    assertEquals(Recipe.DEFAULT, Recipe.of());
    UserError error = assertThrows(UserError.class, () -> Recipe.of("train.stpes=7"));
    assertTrue(error.getMessage().contains("did you mean train.steps?"), error.getMessage());
  }

  @Test
  void sectionsAreReplacedOneByOne() {
    Recipe other =
        Recipe.of("data.dir=a", "text.joint=false", "model.d=64", "train.seed=2", "decode.beam=1");
    Recipe made =
        Recipe.DEFAULT
            .withData(other.data())
            .withText(other.text())
            .withModel(other.model())
            .withTrain(other.train())
            .withDecode(other.decode());
    assertEquals(other, made);
    assertEquals(
        Recipe.DEFAULT,
        made.withData(DataConfig.DEFAULT)
            .withText(TextConfig.DEFAULT)
            .withModel(Transformer.Config.TINY)
            .withTrain(TrainConfig.DEFAULT)
            .withDecode(DecodeConfig.DEFAULT));
  }
}
