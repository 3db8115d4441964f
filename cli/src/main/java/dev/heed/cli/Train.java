package dev.heed.cli;

import dev.heed.recipe.RunFolder;
import dev.heed.recipe.TrainingRecipe;
import dev.heed.tensor.Device;
import dev.heed.train.Trainer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "train",
    description = {
      "Train a model by a recipe.",
      "Starts a run, goes on with an unfinished one, and prolongs a finished one whose bound is now"
          + " larger."
    },
    footer = {
      "%nExamples:",
      "  heed train recipes/multi30k.yaml --set data.dir=corpora/multi30k --out runs/m30k",
      "  heed train recipes/multi30k.yaml --set train.minutes=120 --out runs/m30k",
      "The keys of a recipe: docs/recipes.md"
    })
final class Train implements Callable<Integer> {
  @Parameters(paramLabel = "RECIPE", description = "A YAML file, such as those in recipes/.")
  private Path recipe;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "The run's folder.")
  private Path out;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Overrides a key of the recipe; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Option(names = "--overwrite", description = "Begin anew if the folder holds a run.")
  private boolean overwrite;

  @ArgGroup(validate = false, heading = EngineOptions.HEADING)
  private EngineOptions engine = new EngineOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    TrainingRecipe read = TrainingRecipe.read(recipe, overrides);
    var device = engine.start();
    if (overwrite) {
      read.check(); // a corpus that isn't there costs no old run
      RunFolder.clear(out);
    }
    if (!train(read, out, device, err)) return 1;
    err.println("heed: the model is in " + out);
    return 0;
  }

  /** Trains to the end, or until Ctrl-C stops it: then the answer is false. */
  static boolean train(TrainingRecipe recipe, Path out, Device device, PrintWriter err) {
    try (var interrupt = new Interrupt("heed: stopping as soon as the run is saved", err);
        var progress = new TrainingProgress(err)) {
      var run = recipe.run(out, device, line -> err.println("heed: " + line));
      if (run.train(progress, interrupt::asked) == Trainer.End.FINISHED) return true;
      err.println("heed: stopped; the same command goes on where this run stands");
      return false;
    }
  }
}
