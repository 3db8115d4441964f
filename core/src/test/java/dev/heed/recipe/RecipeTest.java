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
import dev.heed.inspect.AttentionMaps.Kind;
import dev.heed.model.ConvSeq2Seq;
import dev.heed.model.RecurrentSeq2Seq;
import dev.heed.model.Transformer;
import dev.heed.nn.Norms;
import dev.heed.nn.Placement;
import dev.heed.position.Positions;
import dev.heed.task.Translator;
import dev.heed.tensor.Device;
import dev.heed.text.TextConfig;
import dev.heed.train.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
    for (List<String> names : List.of(Positions.names(), Norms.names()))
      for (String name : names) assertTrue(page.contains("\n| `" + name + "` |"), name);
    for (Placement placement : Placement.values())
      assertTrue(page.contains("\n| `" + placement.name().toLowerCase(Locale.ROOT) + "` |"));
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

  @Test
  void theModelIsChosenByKind(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("r.yaml"), "model: {d: 64, ffn: 96, heads: 2}\ntrain: {steps: 7}\n");
    Recipe same = Recipe.read(file, List.of("model.kind=transformer"));
    assertEquals(Recipe.read(file, List.of()), same);
    // What the file says is another kind's, whichever override comes first.
    Recipe recurrent = Recipe.read(file, List.of("model.layers=2", "model.kind=recurrent"));
    RecurrentSeq2Seq.Config model = (RecurrentSeq2Seq.Config) recurrent.model();
    assertEquals(2, model.layers());
    assertEquals(RecurrentSeq2Seq.Config.DEFAULT.d(), model.d());
    assertEquals(7, recurrent.train().steps());
    Recipe convolutional = Recipe.of("model={kind: convolutional, kernel: 5}");
    assertEquals(5, ((ConvSeq2Seq.Config) convolutional.model()).kernel());
    for (Recipe recipe : List.of(same, recurrent, convolutional))
      assertEquals(recipe, Recipe.parse(Configs.toYaml(recipe), "written.yaml", List.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model.kind=recurent | unknown model.kind recurent; did you mean recurrent?",
        "model={kind: recurrent, layer: 2} | unknown key model.layer; did you mean model.layers?",
        "model={kind: recurrent, ffn: 2} | unknown key model.ffn; the keys of model are d, layers,",
        "model={kind: convolutional, kernels: 3} | did you mean model.kernel?",
        "model={kind: convolutional, kernel: 4} | model: kernel must be odd and at least 3, not 4",
        "model={kind: recurrent, attention: bahdenau} | unknown attention bahdenau; did you mean",
      })
  void mistakesNameTheNearestOfTheirKind(String setting, String message) {
    UserError error = assertThrows(UserError.class, () -> Recipe.of(setting));
    assertTrue(error.getMessage().contains(message), error.getMessage());
  }

  @Test
  void aPresetIsOfATransformer() {
    UserError error =
        assertThrows(UserError.class, () -> Recipe.of("preset=base", "model.kind=recurrent"));
    assertTrue(error.getMessage().contains("preset gives sizes to a Transformer alone"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"recurrent", "convolutional"})
  void eachKindIsTrainedAndTranslates(String kind, @TempDir Path folder) {
    Recipe recipe = Tiny.recipe(folder, "model.kind=" + kind, "model.d=16");
    Path out = folder.resolve("run");
    Tiny.train(recipe, out);
    try (Translator translator = Translator.load(out, Device.CPU)) {
      assertEquals(2, translator.translate(List.of("3. Mai 98", "May 2, 1998")).size());
      assertTrue(translator.attention("3. Mai 98", "1998").weights().containsKey(Kind.CROSS));
    }
  }
}
