package dev.heed.cli;

import dev.heed.hub.Checkpoint;
import dev.heed.hub.Export;
import dev.heed.tensor.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed export}. */
@Command(
    name = "export",
    description = {
      "Write a model folder for Hugging Face's libraries.",
      "It holds what their save_pretrained writes: config, weights, tokenizer and generation"
          + " settings. A model of `heed train` for translation becomes a Marian or Pegasus folder."
    },
    footer = {
      "%nExamples:",
      "  heed export --model runs/sst2 --out models/sst2",
      "  heed export --model runs/m30k --dtype bf16 --max-shard-size 200MB --out models/m30k"
    })
final class ExportModel implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = Models.LABEL,
      description = Models.DESCRIPTION)
  private String model;

  @Mixin private ExportOptions export;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Path folder = Models.folder(model, err);
    Export.write(Checkpoint.load(folder, Device.CPU), folder, export.out, export.options());
    err.println("heed: the model is in " + export.out);
    return 0;
  }
}
