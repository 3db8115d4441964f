package dev.heed.cli;

import dev.heed.hub.Export;
import dev.heed.hub.Peft;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed merge}. */
@Command(
    name = "merge",
    description = {
      "Write a model folder with the updates of LoRA in its weights.",
      "The updates are those of `heed train`, or of Hugging Face's PEFT."
    },
    footer = {
      "%nExamples:",
      "  heed merge --adapter runs/sst2-lora/adapter --out models/sst2",
      "  heed merge --model models/llama --adapter downloads/lora --dtype bf16 --out models/merged"
    })
final class MergeAdapter implements Callable<Integer> {
  @Option(
      names = "--model",
      paramLabel = Models.LABEL,
      description = "The model that they were learned for (default: what their folder names).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--adapter",
      required = true,
      paramLabel = Models.LABEL,
      description = "Folder with adapter_config.json, or such a model of the hub.")
  private String adapter;

  @Mixin private ExportOptions export;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    Path updates = Models.folder(adapter, err);
    Path base = Models.folder(model.orElseGet(() -> Peft.base(updates)), err);
    Export.write(Peft.merged(updates, base), base, export.out, export.options());
    err.println("heed: the model is in " + export.out);
    return 0;
  }
}
