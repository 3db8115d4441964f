package dev.heed.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigsTest {
  @TempDir Path folder;

  private static Sample parse(String yaml, String... overrides) {
    return Configs.parse(yaml, "recipe.yaml", Sample.DEFAULT, List.of(overrides));
  }

  private static Sample.Train train(String line) {
    return parse("train:\n  " + line).train();
  }

  private static void fails(String message, String yaml, String... overrides) {
    assertEquals(message, assertThrows(UserError.class, () -> parse(yaml, overrides)).getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "train:\n  # steps: 5\nmodel:\n", "{}"})
  void whatIsNotGivenKeepsItsDefault(String yaml) {
    assertEquals(Sample.DEFAULT, parse(yaml));
  }

  @Test
  void theFileIsLaidOnTheDefaultsAndOverridesOnTheFile() {
    var read =
        parse(
            """
            name: first
            train: {steps: 5, seed: 9}
            stages:
              - {steps: 1, corpus: a}
              - steps: 2
                corpus: b
            """,
            "train.steps=7",
            "train.betas=[0.5, 1e-3]",
            "model.dim=9",
            "model.heads=3",
            "train.steps=8",
            "name=a: b");
    assertEquals("a: b", read.name());
    assertEquals(new Sample.Train(8, 0.1, 0.5f, 9, true, List.of(0.5, 0.001), 0), read.train());
    assertEquals(List.of(new Sample.Stage(1, "a"), new Sample.Stage(2, "b")), read.stages());
    // dim 9 with the default's 2 heads would be refused: only the result is validated.
    assertEquals(3, read.model().heads());
  }

  @Test
  void aFileIsReadByItsEnding() throws IOException {
    Path yaml = Files.writeString(folder.resolve("a.yaml"), "name: x\n");
    Path json = Files.writeString(folder.resolve("a.json"), "{\t\"name\":\"x\\u00e9\\/\"}");
    assertEquals("x", Configs.read(yaml, Sample.DEFAULT, List.of()).name());
    assertEquals("xé/", Configs.read(json, Sample.DEFAULT, List.of()).name());
  }

  @Test
  void aFileThatCannotBeReadIsOneSentence() throws IOException {
    Path none = folder.resolve("none.yaml");
    var missing =
        assertThrows(UserError.class, () -> Configs.read(none, Sample.DEFAULT, List.of()));
    assertEquals(
        "could not read " + none + ": there is no such file; check the path", missing.getMessage());
    Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'a', (byte) 0xe9, '\n'});
    var coded = assertThrows(UserError.class, () -> Configs.read(latin, Sample.DEFAULT, List.of()));
    assertTrue(coded.getMessage().contains("not UTF-8"), coded.getMessage());
  }

  @Test
  void anUnknownKeyIsNamedWithItsLineAndTheNearest() {
    fails(
        "recipe.yaml:3: unknown key train.stpes; did you mean train.steps?",
        "train:\n  seed: 1\n  stpes: 5\n");
    fails(
        "recipe.yaml:1: unknown key train.warmup_steps; did you mean train.warmupSteps?",
        "train: {warmup_steps: 5}");
    fails("recipe.yaml:1: unknown key trian; did you mean train?", "trian: {steps: 5}");
    fails("recipe.yaml:1: unknown key heads; did you mean model.heads?", "heads: 5");
    fails("recipe.yaml:1: unknown key train.steps; write it as nested sections", "train.steps: 5");
    fails(
        "recipe.yaml:2: unknown key model.qqqq; the keys of model are dim, heads, norm, attention",
        "model:\n  qqqq: 1");
    fails(
        "recipe.yaml:2: unknown key stages[0].corpsu; did you mean stages[0].corpus?",
        "stages:\n  - {steps: 1, corpsu: a}");
    fails(
        "--set train.stpes=5: unknown key train.stpes; did you mean train.steps?",
        "name: x",
        "train.stpes=5");
    fails("--set x.y: write key=value, such as train.steps=100", "name: x", "x.y");
  }

  @Test
  void aValueOfTheWrongTypeIsNamedWithItsLine() {
    fails(
        "recipe.yaml:2: train.steps must be a whole number, not \"many\"", "train:\n  steps: many");
    fails("recipe.yaml:1: train.steps must be a whole number, not 1.5", "train: {steps: 1.5}");
    fails("recipe.yaml:1: train.steps must be a whole number, not \"5\"", "train: {steps: '5'}");
    fails(
        "recipe.yaml:1: train.steps must be a whole number from -2147483648 to 2147483647, not"
            + " 3000000000",
        "train: {steps: 3000000000}");
    fails(
        "recipe.yaml:1: train.seed must be a whole number from -9223372036854775808 to"
            + " 9223372036854775807, not 1e999999999999",
        "train: {seed: 1e999999999999}");
    fails("recipe.yaml:1: train.rate must be a number, not \"fast\"", "train: {rate: fast}");
    fails(
        "recipe.yaml:1: train.shuffle must be true or false, not \"yes\"", "train: {shuffle: yes}");
    fails("recipe.yaml:1: train.betas must be a list, not 1", "train: {betas: 1}");
    fails(
        "recipe.yaml:2: train.betas[1] must be a number, not a list", "train: {betas: [1,\n []]}");
    fails("recipe.yaml:1: train must be a section of keys, not a list", "train: [1]");
    fails("recipe.yaml:1: name must be text, not a section", "name: {a: 1}");
    fails(
        "recipe.yaml:1: train.steps has no value; give one or remove the key", "train: {steps: }");
    fails(
        "--set train.steps=x: train.steps must be a whole number, not \"x\"", "", "train.steps=x");
    fails("recipe.yaml:1: stages[0].corpus is missing", "stages: [{steps: 1}]");
    fails("recipe.yaml:1: labels.a must be a whole number, not true", "labels: {a: true}");
  }

  @Test
  void aNumberOutOfRangeDoesNotBecomeInfinite() {
    fails(
        "recipe.yaml:1: train.rate must be a number from -1.80e+308 to 1.80e+308, not 1e999",
        "train: {rate: 1e999}");
    fails(
        "recipe.yaml:1: train.decay must be a number from -3.40e+38 to 3.40e+38, not 1e39",
        "train: {decay: 1e39}");
  }

  @Test
  void aKindMustHaveAName() {
    fails(
        "recipe.yaml:1: model.attention must be the name of a kind, not \"\"",
        "model: {attention: ''}");
    fails(
        "recipe.yaml:1: model.attention.kind must be the name of a kind, not a list",
        "model: {attention: {kind: [dot]}}");
    fails(
        "recipe.yaml:1: model.attention must be a section of keys, not a list",
        "model: {attention: [dot]}");
  }

  @Test
  void whatARecordRefusesIsNamedWithItsPlace() {
    fails(
        "recipe.yaml:3: model: heads must be at least 1, not 0", "model:\n  dim: 4\n  heads: 0\n");
    fails("recipe.yaml:2: model: dim 7 must be a multiple of heads 2", "name: x\nmodel: {dim: 7}");
    fails(
        "--set model.heads=0: model: heads must be at least 1, not 0",
        "model:\n  dim: 4\n",
        "model.heads=0");
    fails(
        "recipe.yaml:3: model: attention additive: unknown key wdith; did you mean width?",
        "model:\n  attention:\n    wdith: 4\n");
  }

  @Test
  void brokenTextIsOneSentenceWithItsLine() {
    fails(
        "recipe.yaml:3: train.steps is given twice, first at recipe.yaml:2; remove one",
        "train:\n  steps: 1\n  steps: 2\n");
    fails("recipe.yaml:2: this is not YAML: mapping values are not allowed here", "a: 1\nb: c: d");
    fails("recipe.yaml:1: write keys with values here, such as \"key: value\"", "- 1\n- 2");
    fails("recipe.yaml:2: notes.a contains itself", "notes: &n\n  a: *n");
    assertBroken("recipe.yaml:2: this is not YAML: ", "a: 1\n\tb: 2", "recipe.yaml");
    assertBroken("recipe.yaml:1: this is not YAML: ", "name: \u0000", "recipe.yaml");
    assertBroken("recipe.yaml:2: this is not YAML: ", "name: a\n---\nname: b", "recipe.yaml");
    assertBroken("c.json:2: this is not JSON: ", "{\"name\": \"a\",\n}", "c.json");
    assertBroken("c.json:1: this is not JSON: ", "{\"name\": \"a\"", "c.json");
    assertBroken("c.json:2: this is not JSON: ", "{\"name\": \"a\"}\n{}", "c.json");
    assertBroken(
        "c.json:2: name is given twice, first at c.json:1",
        "{\"name\": 1,\n\"name\": 2}",
        "c.json");
    assertBroken("c.json:2: unknown key nmae", "{\n \"nmae\": 1}", "c.json");
  }

  private static void assertBroken(String start, String text, String where) {
    var e =
        assertThrows(UserError.class, () -> Configs.parse(text, where, Sample.DEFAULT, List.of()));
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "1e-3, 0.001",
    "1.0e3, 1000",
    "1E5, 100000",
    "+.5, 0.5",
    "5, 5",
    "-5., -5",
    "007, 7",
    ".inf, Infinity",
    "-.inf, -Infinity",
    "Infinity, Infinity",
    ".nan, NaN"
  })
  void numbersAreReadInEveryNotation(String written, double value) {
    assertEquals(value, train("rate: " + written).rate());
  }

  @Test
  void typesDecideWhatAScalarMeans() {
    assertEquals(100_000, train("steps: 1e5").steps());
    assertEquals(5, train("steps: 5.0").steps());
    assertEquals(Long.MIN_VALUE, train("seed: " + Long.MIN_VALUE).seed());
    assertEquals(0.1f, train("decay: 1e-1").decay());
    assertEquals("no", parse("name: no").name());
    assertEquals("1.10", parse("name: 1.10").name());
    assertEquals("", parse("name: ''").name());
    assertEquals("", parse("", "name=").name());
    assertEquals("[SEP]", parse("", "name='[SEP]'").name());
  }

  @ParameterizedTest
  @CsvSource({"pre, PRE", "Post, POST", "peerNorm, PEER_NORM", "peer_norm, PEER_NORM"})
  void enumsAreReadInAnyCase(String written, Sample.Norm norm) {
    assertEquals(norm, parse("model: {norm: " + written + "}").model().norm());
  }

  @Test
  void aWrongEnumListsTheAllowedOnes() {
    fails(
        "recipe.yaml:1: model.norm must be one of pre, post, peerNorm, not \"middle\"",
        "model: {norm: middle}");
  }

  @Test
  void freeFormSectionsTakeAnyKey() {
    var read =
        parse(
            """
            labels: {yes: 1, no: 2}
            notes: {rate: 1e-3, n: 3, big: 3000000000, t: true, s: "1e-3", list: [a, {b: 1}]}
            extra: {deep: {none: null}}
            """,
            "notes.more.below=x");
    assertEquals(Map.of("yes", 1, "no", 2), read.labels());
    assertEquals(
        Map.of(
            "rate",
            0.001,
            "n",
            3,
            "big",
            3_000_000_000L,
            "t",
            true,
            "s",
            "1e-3",
            "list",
            List.of("a", Map.of("b", 1)),
            "more",
            Map.of("below", "x")),
        read.notes());
    assertTrue(read.extra().at("/deep/none").isNull());
    fails("recipe.yaml:1: notes.a has no value; give one or remove the key", "notes: {a: ~}");
  }

  @Test
  void anchorsAreFollowed() {
    assertEquals(List.of(0.5, 0.5), train("betas: [&b 0.5, *b]").betas());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "attention: dot; dot; {}",
        "attention: additive; additive; {}",
        "attention: {width: 6}; additive; {width=6}",
        "attention: {kind: additive, width: 6}; additive; {width=6}",
        "attention: {kind: dot}; dot; {}",
      })
  void aKindHasAShortAndALongForm(String written, String kind, String options) {
    Kind read = parse("model: {" + written + "}").model().attention();
    assertEquals(kind, read.kind());
    assertEquals(options, read.options().toString());
  }

  @Test
  void overridesReachIntoAKind() {
    var written = "model: {attention: additive}";
    assertEquals(
        new Kind("additive", Map.of("width", 7)),
        parse(written, "model.attention.width=7").model().attention());
    assertEquals(
        new Kind("additive", Map.of("width", 7)),
        parse("", "model.attention.width=7").model().attention());
    assertEquals(Kind.of("dot"), parse(written, "model.attention=dot").model().attention());
  }

  @Test
  void yamlIsWrittenWithoutNeedlessQuotes() {
    assertEquals(
        """
        name: run
        model:
          dim: 8
          heads: 2
          norm: peerNorm
          attention: dot
        """,
        Configs.toYaml(
            new Written("run", new Sample.Model(8, 2, Sample.Norm.PEER_NORM, Kind.of("dot")))));
  }

  @Test
  void jsonIsWrittenIndentedAndReadBack() {
    var stage = new Sample.Stage(3, "a \"b\"");
    assertEquals("{\n  \"steps\": 3,\n  \"corpus\": \"a \\\"b\\\"\"\n}\n", Configs.toJson(stage));
    Path file = folder.resolve("stage.json");
    AtomicFile.write(file, Configs.toJson(stage));
    assertEquals(stage, Configs.fromJson(file, Sample.Stage.class));
    AtomicFile.write(file, "{\n\"steps\": 3}");
    var e = assertThrows(UserError.class, () -> Configs.fromJson(file, Sample.Stage.class));
    assertEquals(file + ":1: corpus is missing", e.getMessage());
    AtomicFile.write(file, "{\"steps\": 3, \"rate\": Infinity}");
    assertEquals(
        new Sample.Train(3, Double.POSITIVE_INFINITY, 0.5f, 1, true, List.of(0.9, 0.98), 0),
        Configs.fromJson(file, Sample.Train.class));
  }

  private record Written(String name, Sample.Model model) {}

  @Test
  void aFaultInARecordIsNotTheUsers() {
    assertThrows(
        IllegalStateException.class,
        () -> Configs.parse("a: 1", "x.yaml", new Faulty(0), List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> Configs.parse("a: x", "x.yaml", new Unsupported('x'), List.of()));
  }

  private record Faulty(int a) {
    Faulty {
      if (a == 1) throw new ArithmeticException("by zero");
    }
  }

  private record Unsupported(char a) {}

  @Test
  void theDocumentHasEveryKeyInOrder() {
    assertEquals(
        """
        | key | default | meaning |
        | --- | --- | --- |
        | `name` | `run` | The name of the run |
        | `model` |  | The network |
        | `model.dim` | `8` | Width |
        | `model.heads` | `2` | Heads; must divide dim |
        | `model.norm` | `post` | Where the norm stands (`pre`, `post`, `peerNorm`) |
        """,
        Configs.document(Sample.DEFAULT)
            .lines()
            .limit(7)
            .map(l -> l + "\n")
            .reduce("", String::concat));
    var table = Configs.document(Sample.DEFAULT);
    for (String row :
        List.of(
            "| `model.attention` | `{\"kind\":\"additive\",\"width\":4}` | The attention |",
            "| `train.betas` | `[0.9,0.98]` | Adam's betas |",
            "| `stages` | `[]` | Stages, one after the other |",
            "| `stages[].steps` | required | Updates |")) {
      assertTrue(table.contains(row + "\n"), table);
    }
    var e = assertThrows(IllegalStateException.class, () -> Configs.document(new Faulty(0)));
    assertEquals(Faulty.class.getName() + ".a has no @Doc", e.getMessage());
  }
}
