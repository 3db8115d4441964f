package dev.heed.recipe;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.train.TrainState;
import dev.heed.train.Trainer;
import dev.heed.train.Validator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that was broken off anywhere ends as the one that wasn't, byte for byte. */
@ExtendWith(OneThread.class)
final class ResumeTest {
  @TempDir private Path dir;

  private static final class Killed extends RuntimeException {}

  /** Ends the run without a word where it stands, so that nothing more is written. */
  private static final class Killer extends Tiny.Silent {
    private final long step;
    private final boolean validating;

    Killer(long step, boolean validating) {
      this.step = step;
      this.validating = validating;
    }

    @Override
    public void update(TrainState state, double loss, double nll, double lr, long tokens) {
      if (!validating && state.step() == step) throw new Killed();
    }

    @Override
    public void validation(TrainState state, Validator.Result result) {
      if (validating && state.step() == step) throw new Killed();
    }
  }

  private static void kill(Recipe recipe, Path out, long step, boolean validating) {
    var killer = new Killer(step, validating);
    assertThrows(Killed.class, () -> Tiny.train(recipe, out, killer, () -> false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train.averageOf=best",
        "train.averageOf=last train.accumulate=2",
        // Quality stays 0, so that this ends at step 24.
        "data.streaming=true train.patience=2 train.best=quality",
        "train.optimizer.kind=adafactor train.optimizer.momentum=0.9 train.optimizer.relativeStep=true",
        // Its random features are drawn anew as it goes.
        "model.attention={\"kind\":\"performer\",\"features\":8,\"redraw\":6}",
        // Layers are computed twice, and norms count on both ways.
        "model.placement=reversible model.norm=power model.position=t5 model.layerDrop=0.2 model.dropPath=0.2",
        // Most of the model wakes up after the first epoch.
        "train.optimizer.kind=lion train.optimizer.layerDecay=0.5 train.optimizer.groups=[{\"match\":\"norm\",\"factor\":0},{\"match\":\"coder\",\"from\":1}]",
      })
  void afterBeingKilled(String settings) throws IOException {
    Recipe recipe = Tiny.recipe(dir, ("data.pool=70 " + settings).split(" "));
    Tiny.train(recipe, dir.resolve("whole"));
    Path broken = dir.resolve("broken");
    kill(recipe, broken, 3, false); // before the first checkpoint
    kill(recipe, broken, 8, true); // between a validation and the checkpoint after it
    kill(recipe, broken, 13, false); // in the midst of what a line of the log sums up
    if (!settings.contains("patience")) kill(recipe, broken, 30, true); // after the last save
    assertEquals(Trainer.End.FINISHED, Tiny.train(recipe, broken));
    assertSame("whole", "broken");
  }

  @Test
  void afterBeingStoppedAtEachStep() throws IOException {
    Recipe recipe = Tiny.recipe(dir, "train.steps=6");
    Tiny.train(recipe, dir.resolve("whole"));
    Path stopped = dir.resolve("stopped");
    for (int i = 0; i < 5; i++) {
      var asked = new AtomicInteger();
      assertEquals(
          Trainer.End.STOPPED,
          Tiny.train(recipe, stopped, new Tiny.Silent(), () -> asked.incrementAndGet() > 1));
    }
    assertEquals(Trainer.End.FINISHED, Tiny.train(recipe, stopped));
    assertSame("whole", "stopped");
  }

  @ParameterizedTest
  @ValueSource(strings = {"best", "last"})
  void aRunThatIsProlongedIsTheLongerRun(String averageOf) throws IOException {
    String setting = "train.averageOf=" + averageOf;
    Tiny.train(Tiny.recipe(dir, setting), dir.resolve("whole"));
    Path grown = dir.resolve("grown");
    Tiny.train(Tiny.recipe(dir, setting, "train.steps=11"), grown); // validates out of turn
    Recipe longer = Tiny.recipe(dir, setting);
    kill(longer, grown, 30, true); // the shorter run's model stands there still
    assertEquals(Trainer.End.FINISHED, Tiny.train(longer, grown));
    assertSame("whole", "grown");
  }

  @Test
  void aLogThatWasCutInAWordIsMended() throws IOException {
    Recipe recipe = Tiny.recipe(dir);
    Tiny.train(recipe, dir.resolve("whole"));
    Path cut = dir.resolve("cut");
    kill(recipe, cut, 13, false);
    Path log = cut.resolve("metrics.jsonl");
    Files.writeString(log, Files.readString(log) + "{\"step\":1");
    Tiny.train(recipe, cut);
    assertSame("whole", "cut");
  }

  private void assertSame(String whole, String other) throws IOException {
    for (String file : List.of("model.safetensors", "config.json", "tokenizer.json"))
      assertArrayEquals(bytes(whole, file), bytes(other, file), file);
    assertEquals(log(whole), log(other));
    assertEquals(checkpoints(whole), checkpoints(other));
    assertTrue(Files.size(dir.resolve(other).resolve("curves.png")) > 0);
  }

  private byte[] bytes(String run, String file) throws IOException {
    return Files.readAllBytes(dir.resolve(run).resolve(file));
  }

  /** The log without what the clock says. */
  private List<String> log(String run) throws IOException {
    return Files.readAllLines(dir.resolve(run).resolve("metrics.jsonl")).stream()
        .map(line -> line.replaceAll("\"(seconds|tokensPerSecond)\":[^,}]*[,}]", ""))
        .toList();
  }

  private List<String> checkpoints(String run) throws IOException {
    try (var files = Files.list(dir.resolve(run).resolve("checkpoints"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("step-"))
          .sorted()
          .toList();
    }
  }
}
