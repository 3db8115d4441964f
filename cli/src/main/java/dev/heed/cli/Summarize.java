package dev.heed.cli;

import dev.heed.task.Generator.Generated;
import dev.heed.task.Summarizer;
import dev.heed.task.Summarizer.Options;
import dev.heed.task.Summarizer.Summary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed summarize}. */
@Command(
    name = "summarize",
    description = "Write a summary of each line, or what else an encoder–decoder was trained for.",
    footer = {
      "%nExamples:",
      "  heed summarize --model models/bart-large-cnn --truncate articles.txt > summaries.txt",
      "  heed summarize --model models/t5-small --prefix 'summarize: ' --beam 4 articles.txt",
      "  heed summarize --model runs/dialogues --fields dialogue --n-best 3 --json dev.jsonl.gz"
    })
final class Summarize implements Callable<Integer> {
  @Mixin private TextStream stream;
  @Mixin private TruncateOption truncate;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "What each text begins with (default: what the folder's config.json says).")
  private Optional<String> prefix = Optional.empty();

  @Option(
      names = "--n-best",
      paramLabel = "N",
      description = "Print the N best of each line, each with its score before a tab.")
  private Optional<Integer> nBest = Optional.empty();

  @ArgGroup(validate = false, heading = GenerateOptions.HEADING)
  private GenerateOptions options = new GenerateOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<String> names = Usage.fields(spec, stream.fields, List.of("text"));
    try (Summarizer loaded = Summarizer.load(stream.model(spec), stream.start())) {
      Options own = loaded.options();
      Summarizer summarizer =
          Usage.checked(
              spec,
              () ->
                  loaded.with(
                      new Options(
                          prefix.orElse(own.prefix()),
                          options.over(own.settings(), nBest, false, stream.batch),
                          truncate.tooLong())));
      return stream.run(
          spec,
          "summarizing",
          names,
          (texts, first, done) ->
              summarizer.summarize(texts.stream().map(t -> t.get(0)).toList(), first, done).stream()
                  .map(this::told)
                  .toList());
    }
  }

  private TextStream.Told told(Summary summary) {
    return new TextStream.Told(
        () -> summary.outputs().stream().map(this::line).toList(),
        "summaries",
        summary.outputs().stream().map(Summarize::fields).toList(),
        summary.cut());
  }

  private String line(Generated one) {
    String text = one.text().strip().replaceAll("\\R", " ");
    return nBest.isEmpty() ? text : Output.rounded(one.score(), 4) + "\t" + text;
  }

  private static Map<String, Object> fields(Generated one) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("text", one.text());
    fields.put("score", one.score());
    return fields;
  }
}
