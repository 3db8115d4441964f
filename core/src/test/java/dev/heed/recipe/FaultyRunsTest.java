package dev.heed.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.DateCorpus;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Device;
import dev.heed.train.Checkpoints;
import dev.heed.train.TrainState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a corpus, a recipe or a folder is said in one sentence, and costs nothing. */
@ExtendWith(OneThread.class)
final class FaultyRunsTest {
  private static final String[] FILES = {
    "data.format=lines", "data.source=x", "data.target=y", "data.train=train", "data.valid=valid"
  };

  @TempDir private Path dir;
  private Path out;

  @BeforeEach
  void corpora() throws IOException {
    out = dir.resolve("run");
    write("train", 120, 1);
    write("valid", 8, 2);
  }

  private void write(String name, int count, long seed) throws IOException {
    List<String> sources = new ArrayList<>();
    List<String> targets = new ArrayList<>();
    new DateCorpus(seed, count)
        .iterator()
        .forEachRemaining(
            pair -> {
              sources.add(pair.source());
              targets.add(pair.target());
            });
    Files.write(dir.resolve(name + ".x"), sources);
    Files.write(dir.resolve(name + ".y"), targets);
  }

  private Recipe files(String... settings) {
    List<String> all = new ArrayList<>(List.of(FILES));
    all.add("data.dir=" + dir);
    all.addAll(List.of(settings));
    return Tiny.recipe(dir, all.toArray(String[]::new));
  }

  private static String sentence(Runnable work) {
    String message = assertThrows(UserError.class, work::run).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private void fails(String expected, String... settings) {
    String sentence = sentence(() -> Tiny.train(files(settings), out));
    assertTrue(sentence.contains(expected.replace("DIR", dir.toString())), sentence);
    assertTrue(Files.notExists(out.resolve("model.safetensors")));
    assertTrue(Files.notExists(out.resolve("checkpoints")));
  }

  // ---- corpora ----------------------------------------------------------------------------------

  @Test
  void aCorpusThatIsMissing() throws IOException {
    Files.delete(dir.resolve("valid.y"));
    fails("DIR/valid.y: no such file");
    assertTrue(Files.notExists(out), "nothing is begun");
  }

  @Test
  void aCorpusThatIsEmpty() throws IOException {
    Files.writeString(dir.resolve("train.x"), "");
    Files.writeString(dir.resolve("train.y"), "");
    fails("DIR/train.x and DIR/train.y: the files are empty");
  }

  @Test
  void aCorpusThatIsBlank() throws IOException {
    Files.writeString(dir.resolve("train.x"), "\n \n");
    Files.writeString(dir.resolve("train.y"), "\n\n");
    fails("no example is left to train on");
  }

  @Test
  void sidesThatAreNotAligned() throws IOException {
    Path y = dir.resolve("train.y");
    Files.write(y, Files.readAllLines(y).subList(0, 100));
    fails("DIR/train.x has 120 lines but DIR/train.y has 100: line 101 of DIR/train.y is missing");
  }

  @Test
  void bytesThatAreNotText() throws IOException {
    Path x = dir.resolve("train.x");
    List<String> lines = Collections.nCopies(120, "1 mai 1998");
    lines = new ArrayList<>(lines);
    lines.set(6, "caf\u00e9");
    Files.write(x, lines, StandardCharsets.ISO_8859_1);
    fails("DIR/train.x:7: byte 4 of the line isn't UTF-8");
  }

  @Test
  void aMonstrousLine() throws IOException {
    Path x = dir.resolve("train.x");
    List<String> lines = Files.readAllLines(x);
    lines.set(2, "7".repeat(1 << 21));
    Files.write(x, lines);
    fails("DIR/train.x:3: the line is longer than 1048576 bytes");
  }

  @Test
  void linesThatAreTooLongAreCountedAndLeftOut() throws IOException {
    Path x = dir.resolve("train.x");
    List<String> lines = Files.readAllLines(x);
    lines.set(0, "7".repeat(100));
    lines.set(1, " ");
    Files.write(x, lines);
    List<String> said = new ArrayList<>();
    files("train.steps=1").run(out, Device.CPU, said::add).train(new Tiny.Silent(), () -> false);
    assertTrue(
        said.stream().anyMatch(s -> s.endsWith("118 kept, 1 with a blank side, 1 too long")),
        said.toString());
  }

  @Test
  void noPairIsShortEnough() {
    fails("no pair is left to validate on", "data.maxLength=3");
  }

  @Test
  void aVocabularyThatTheCorpusCannotFill() {
    fails(
        "A vocabulary of 5000 is larger than this corpus allows",
        "text.kind=bpe",
        "text.vocabulary=5000");
  }

  // ---- recipes ----------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train.stpes=3 | unknown key train.stpes; did you mean train.steps?",
        "model.head=3 | did you mean model.heads?",
        "heads=3 | did you mean model.heads?",
        "model.heads=3 | heads (3) must divide d (16)",
        "model.dropout=1.5 | dropout",
        "model.dropout=.nan | dropout",
        "model.d=0 | d must be at least 1",
        "model.d=3000000000 | model.d must be a whole number from",
        "model.attention=none | attention",
        "data.batchTokens=-5 | batchTokens must be at least 1, not -5",
        "data.batchTokens=50 | batchTokens (50) must be at least maxLength (64)",
        "data.maxLength=100 | data.maxLength (100) must be at most model.positions (64)",
        "data.maxRatio=.nan | maxRatio must be 0 or at least 1, not NaN",
        "data.format=xml | data.format must be one of lines, tsv, jsonl, dates",
        "data.train=many | data.train must be a whole number here",
        "data.train=0 | 0 dates asked for",
        "text.kind=letters | no tokenizer kind",
        "train.steps=0 | train needs a bound: steps, minutes or epochs",
        "train.steps=-1 | steps must not be negative",
        "train.steps=1.5 | train.steps must be a whole number",
        "train.minutes=.nan | minutes must not be negative, not NaN",
        "train.labelSmoothing=1 | labelSmoothing must be at least 0 and below 1",
        "train.accumulate=0 | accumulate must be at least 1",
        "train.schedule.lr=.nan | lr",
        "train.schedule.lr=-1 | lr",
        "train.optimizer.beta1=1 | beta1 must be at least 0 and below 1",
        "train.optimizer.clip=.inf | clip must be at least 0",
        "decode.beam=0 | beam must be at least 1",
      })
  void aSettingThatIsImpossible(String setting, String expected) {
    String sentence = sentence(() -> Tiny.train(Tiny.recipe(dir, setting), out));
    assertTrue(sentence.contains(expected), sentence);
    assertTrue(Files.notExists(out.resolve("checkpoints")));
  }

  // ---- folders ----------------------------------------------------------------------------------

  private byte[] trained() throws IOException {
    Tiny.train(files("train.steps=6"), out);
    return model();
  }

  private byte[] model() throws IOException {
    return Files.readAllBytes(out.resolve("model.safetensors"));
  }

  @Test
  void aRunThatIsFinishedOrOfAnotherRecipeStays() throws IOException {
    byte[] model = trained();
    assertEquals(
        out + " holds a finished run: give another --out, a larger bound, or --overwrite",
        sentence(() -> Tiny.train(files("train.steps=6"), out)));
    assertTrue(
        sentence(() -> Tiny.train(files("train.steps=9", "model.ffn=64"), out))
            .startsWith(out + " was begun by a recipe with other settings"));
    assertArrayEquals(model, model());
  }

  @Test
  void aModelThatIsNoRunStays() throws IOException {
    byte[] model = trained();
    Files.move(out.resolve("checkpoints"), dir.resolve("elsewhere"));
    assertEquals(
        out + " holds a model: give another --out, or --overwrite",
        sentence(() -> Tiny.train(files("train.steps=6"), out)));
    assertArrayEquals(model, model());
  }

  @Test
  void tokenizersOfAnotherRecipeAreNotTaken() throws IOException {
    fails("no pair is left", "text.vocabulary=40", "data.maxLength=3");
    assertEquals(40, ModelFolder.tokenizers(out).source().size());
    Tiny.train(files("text.vocabulary=30", "train.steps=1"), out);
    assertEquals(30, ModelFolder.tokenizers(out).source().size());
  }

  @Test
  void clearingLeavesWhatIsNotOurs() throws IOException {
    trained();
    Files.writeString(out.resolve("notes.txt"), "mine");
    RunFolder.clear(out);
    try (var left = Files.list(out)) {
      assertEquals(List.of(out.resolve("notes.txt")), left.toList());
    }
  }

  @Test
  void aCheckpointThatIsDamaged() throws IOException {
    trained();
    Path checkpoint = out.resolve("checkpoints/step-6");
    Recipe longer = files("train.steps=9");
    for (String name : List.of("state.json", "weights.safetensors", "optimizer.safetensors")) {
      Path file = checkpoint.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(whole, whole.length / 2));
      String sentence = sentence(() -> Tiny.train(longer, out));
      assertTrue(sentence.contains(file.toString()), sentence);
      Files.write(file, whole);
    }
    Tiny.train(longer, out);
  }

  @Test
  void trainingThatDiverges() {
    String sentence =
        sentence(
            () ->
                Tiny.train(
                    files("train.schedule.lr=1e12", "train.schedule.warmup=1", "train.saveEvery=1"),
                    out));
    assertTrue(
        sentence.matches("(the loss of|a weight after) step \\d+ is not a number: .*"), sentence);
    long saved = new Checkpoints(out).state().map(TrainState::step).orElse(0L);
    String kept = saved == 0 ? "no checkpoint yet" : "the checkpoint of step " + saved + " is kept";
    assertTrue(sentence.endsWith(kept), sentence);
  }
}
