package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.tensor.Engine;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real processes that are interrupted and killed, and what the verbs say to bad input. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class AccidentsTest {
  private static final String RECIPE =
      """
      data: {format: dates, train: 200, valid: 12, maxLength: 64, batchTokens: 512}
      text: {kind: characters, vocabulary: 50, minFrequency: 1, joint: true}
      model: {d: 16, ffn: 32, heads: 2, encoder: 1, decoder: 1, dropout: 0.1, positions: 64}
      train:
        steps: 90
        schedule: {lr: 5e-3, warmup: 10}
        validateEvery: 40
        validatePairs: 4
        saveEvery: 7
        logEvery: 1
        average: 2
      decode: {beam: 1, maxLength: 16}
      """;
  private static final int STEPS = 90;

  @TempDir private static Path dir;
  private static Path recipe;
  private static Path whole;
  private static int threads;

  private record Outcome(int code, String out, String err) {}

  @BeforeAll
  static void train() throws IOException {
    threads = Engine.threads();
    recipe = Files.writeString(dir.resolve("recipe.yaml"), RECIPE);
    whole = dir.resolve("whole");
    Outcome trained = run(trainInto(whole));
    assertEquals(0, trained.code(), trained.err());
  }

  @AfterAll
  static void threads() {
    Engine.threads(threads);
  }

  private static String[] trainInto(Path out, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of("train", recipe + "", "--out", out + "", "--threads", "1", "--device", "cpu"));
    args.addAll(List.of(more));
    return args.toArray(String[]::new);
  }

  private static Outcome run(String... args) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code =
        Main.run(Main.commandLine(), new PrintWriter(out), new PrintWriter(err), false, args);
    return new Outcome(code, out.toString(), err.toString());
  }

  /** Another JVM with the command line. */
  private static ProcessBuilder builder(List<String> args) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.heed.cli.Main"));
    command.addAll(args);
    return new ProcessBuilder(command);
  }

  /** Starts it; what it says on either stream is one. */
  private static Process start(String... args) throws IOException {
    return builder(List.of(args)).redirectErrorStream(true).start();
  }

  /** Waits until a run has logged so many lines (or has ended). */
  private static void await(Process process, Path out, long lines) throws Exception {
    Path log = out.resolve("metrics.jsonl");
    while (process.isAlive()) {
      if (Files.exists(log) && Files.readString(log).lines().count() >= lines) return;
      Thread.sleep(5);
    }
  }

  private static void assertGoesOnToTheSameModel(Path out) throws IOException {
    Outcome outcome = run(trainInto(out));
    assertEquals(0, outcome.code(), outcome.err());
    assertArrayEquals(
        Files.readAllBytes(whole.resolve("model.safetensors")),
        Files.readAllBytes(out.resolve("model.safetensors")));
    List<String> log = Files.readAllLines(out.resolve("metrics.jsonl"));
    assertEquals(Files.readAllLines(whole.resolve("metrics.jsonl")).size(), log.size());
  }

  @Test
  void aKilledRunGoesOnToTheSameModel() throws Exception {
    Path out = dir.resolve("killed");
    Random random = new Random();
    int step = 0;
    for (int i = 0; i < 2; i++) {
      step += 1 + random.nextInt(STEPS / 2 - 10);
      Process process = start(trainInto(out));
      await(process, out, step);
      process.destroyForcibly().waitFor();
      assertFalse(Files.exists(out.resolve("model.safetensors")), "killed in time");
    }
    assertGoesOnToTheSameModel(out);
  }

  @Test
  void anInterruptedRunSavesAndSaysHowToGoOn() throws Exception {
    Path out = dir.resolve("interrupted");
    Process process = start(trainInto(out));
    await(process, out, 3);
    signal(process, "TERM");
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor(), said);
    assertStopped(said);
    Outcome early = run("translate", "--model", out.toString(), "--device", "cpu", recipe + "");
    assertEquals(1, early.code());
    assertTrue(early.err().contains("is a run that has not finished"), early.err());
    assertGoesOnToTheSameModel(out);
  }

  private static void assertStopped(String said) {
    assertTrue(said.contains("heed: stopping as soon as the run is saved\n"), said);
    assertTrue(
        said.endsWith("heed: stopped; the same command goes on where this run stands\n"), said);
  }

  /** The picture of the curves is drawn while the JVM shuts down already. */
  @Test
  void aRunIsInterruptedInItsFirstValidation() throws Exception {
    Path out = dir.resolve("validating");
    Process process =
        start(
            trainInto(
                out,
                "--set",
                "train.validateEvery=1",
                "--set",
                "train.validatePairs=1500",
                "--set",
                "data.valid=1500"));
    await(process, out, 1);
    signal(process, "TERM");
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(1, process.waitFor(), said);
    assertStopped(said);
    assertTrue(Files.exists(out.resolve("curves.png")), said);
  }

  @Test
  void anInterruptedTranslationEndsWithAWholeLine() throws Exception {
    int lines = 2000;
    Path text = Files.writeString(dir.resolve("long.txt"), "1 May 1998\n".repeat(lines));
    Path said = dir.resolve("said");
    List<String> args =
        List.of("translate", "--model", whole + "", "--threads", "1", "--n-best", "4", text + "");
    Process process = builder(args).redirectError(said.toFile()).start();
    // More than a pipe holds, so that it waits for a reader in the midst of its output.
    try (var out = process.getInputStream()) {
      int first = out.read();
      signal(process, "TERM");
      while (!Files.readString(said).contains("heed: stopping after a whole line\n"))
        Thread.sleep(5);
      String rest = (char) first + new String(out.readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(rest.endsWith("\n"), rest);
      assertTrue(rest.lines().count() < 4 * lines, "stopped");
      assertEquals(1, process.waitFor());
    }
  }

  /** TERM takes the same way as Ctrl-C's INT, which a JVM started in the background never sees. */
  private static void signal(Process process, String name) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, process.pid() + "").start();
    assertTrue(kill.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, kill.exitValue());
  }

  // ---- bad input --------------------------------------------------------------------------------

  private static void fails(int code, String expected, String... args) {
    Outcome outcome = run(args);
    assertEquals(code, outcome.code(), outcome.err());
    assertEquals("", outcome.out());
    String last = outcome.err().lines().reduce("", (a, b) -> b);
    assertTrue(last.startsWith("heed: ") && last.contains(expected), outcome.err());
    assertFalse(outcome.err().contains("internal error"), outcome.err());
  }

  private static String[] translate(Path text) {
    return new String[] {"translate", "--model", whole + "", "--device", "cpu", text + ""};
  }

  @Test
  void badInputToTrain() {
    Path out = dir.resolve("bad");
    fails(1, "could not read", "train", dir.resolve("none.yaml") + "", "--out", out + "");
    fails(1, "did you mean train.steps?", trainInto(out, "--set", "train.stpes=3"));
    fails(1, "write key=value", trainInto(out, "--set", "train.steps"));
    for (String device : List.of("cuda:99", "tpu"))
      fails(
          1,
          device.equals("tpu") ? "no device \"tpu\"" : "cuda:99 was asked for, but the engine sees",
          "train",
          recipe + "",
          "--out",
          out + "",
          "--device",
          device);
    assertFalse(Files.exists(out));
  }

  @Test
  void anOldRunIsNotGivenForANewOneThatCannotBegin() throws IOException {
    byte[] model = Files.readAllBytes(whole.resolve("model.safetensors"));
    fails(1, "holds a finished run", trainInto(whole));
    fails(
        1,
        "no such file",
        trainInto(whole, "--overwrite", "--set", "data.format=lines", "--set", "data.dir=" + dir));
    fails(
        1,
        "could not write " + recipe,
        trainInto(recipe.resolve("below"), "--set", "train.steps=1"));
    assertArrayEquals(model, Files.readAllBytes(whole.resolve("model.safetensors")));
  }

  @Test
  void badInputToTranslate() throws IOException {
    Path text = dir.resolve("text");
    fails(1, dir.resolve("none") + ": no such file", translate(dir.resolve("none")));
    fails(1, "there is no model folder", "translate", "--model", dir.resolve("none") + "");
    Files.write(text, "fine\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
    fails(1, text + ":2: byte 4 of the line isn't UTF-8", translate(text));
    Files.writeString(text, "1 May\n" + "7".repeat(300) + "\n");
    fails(1, "line 2 has 301 tokens, and the model takes at most 64", translate(text));
  }

  @Test
  void aLineOutForEachLineIn() throws IOException {
    Path text = dir.resolve("lines");
    for (String lines :
        List.of(
            "", "\n", "\n1 May 1998\n\n", "a\rb\n", "a\u2028b\u0085c\n", "\uFEFF1 May\r\n\r\nx")) {
      Files.writeString(text, lines);
      Outcome outcome = run(translate(text));
      assertEquals(0, outcome.code(), outcome.err());
      long breaks = lines.chars().filter(c -> c == '\n').count();
      long expected = lines.isEmpty() || lines.endsWith("\n") ? breaks : breaks + 1;
      assertEquals(expected, outcome.out().chars().filter(c -> c == '\n').count(), lines);
    }
  }
}
