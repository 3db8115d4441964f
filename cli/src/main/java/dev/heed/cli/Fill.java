package dev.heed.cli;

import dev.heed.task.FillMask;
import dev.heed.task.FillMask.Filled;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed fill-mask}. */
@Command(
    name = "fill-mask",
    description = {
      "Guess the token behind each [MASK] (or <mask>, as the tokenizer has it) of a line.",
      "Printed is a line for each mask: its best tokens, each with its score, tabs between."
    },
    footer = {
      "%nExamples:",
      "  echo 'Paris is the [MASK] of France.' | heed fill-mask --model models/bert-base-uncased",
      "  heed fill-mask --model models/bert-base-uncased --n-best 10 --json masked.txt"
    })
final class Fill implements Callable<Integer> {
  @Mixin private TextStream stream;
  @Mixin private TruncateOption truncate;

  @Option(
      names = "--n-best",
      defaultValue = "5",
      paramLabel = "N",
      description = "Tokens told for each mask (default: ${DEFAULT-VALUE}).")
  private int nBest;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<String> names = Usage.fields(spec, stream.fields, List.of("text"));
    var options =
        Usage.checked(spec, () -> new FillMask.Options(nBest, truncate.tooLong(), stream.batch));
    try (FillMask loaded = FillMask.load(stream.model, stream.start())) {
      FillMask filler = loaded.with(options);
      return stream.run(
          spec,
          "filling",
          names,
          (texts, first, done) ->
              filler.fill(texts.stream().map(t -> t.get(0)).toList(), first, done).stream()
                  .map(Fill::told)
                  .toList());
    }
  }

  private static TextStream.Told told(Filled filled) {
    return new TextStream.Told(
        () ->
            filled.masks().stream()
                .map(
                    guesses ->
                        guesses.stream()
                            .map(one -> one.token() + "\t" + Output.rounded(one.score(), 4))
                            .collect(Collectors.joining("\t")))
                .toList(),
        "masks",
        filled.masks(),
        filled.cut());
  }
}
