package dev.heed.cli;

import dev.heed.task.Merge;
import dev.heed.task.Tagger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed tag}. */
@Command(
    name = "tag",
    description = {
      "Find what each line names, such as people and places.",
      "Printed are, an entity a line and with tabs between: the number of the input's line, the"
          + " first character and the one after the last (from 0), label, score, text."
    },
    footer = {
      "%nExamples:",
      "  echo 'Ada Lovelace lived in London.' | heed tag --model models/ner",
      "  heed tag --model models/ner --merge average --json news.txt.gz > entities.jsonl"
    })
final class Tag implements Callable<Integer> {
  @Mixin private TextStream stream;
  @Mixin private TruncateOption truncate;

  @Option(
      names = "--merge",
      defaultValue = "simple",
      paramLabel = "HOW",
      description =
          "How tokens become entities: none, simple (by their labels), or whole words that have"
              + " their first token's label (first), the surest one's (max) or the best on average"
              + " (average) (default: ${DEFAULT-VALUE}).")
  private Merge merge;

  @Option(
      names = "--stride",
      paramLabel = "N",
      description =
          "Read a text that is too long in windows that share N tokens, at most half of what they"
              + " have room for; of entities that overlap, the longest counts, then the surest.")
  private Optional<Integer> stride = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<String> names = Usage.fields(spec, stream.fields, List.of("text"));
    try (Tagger loaded = Tagger.load(stream.model(spec), stream.start())) {
      Tagger tagger =
          Usage.checked(
              spec,
              () ->
                  loaded.with(
                      new Tagger.Options(merge, truncate.tooLong(), windows(), stream.batch)));
      return stream.run(
          spec,
          "tagging",
          names,
          (texts, first, done) -> {
            List<TextStream.Told> told = new ArrayList<>();
            for (var tagged : tagger.tag(texts.stream().map(t -> t.get(0)).toList(), first, done))
              told.add(told(tagged, first + told.size()));
            return told;
          });
    }
  }

  private OptionalInt windows() {
    return stride.map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }

  private static TextStream.Told told(Tagger.Tagged tagged, long line) {
    return new TextStream.Told(
        () ->
            tagged.entities().stream()
                .map(
                    e ->
                        "%d\t%d\t%d\t%s\t%s\t%s"
                            .formatted(
                                line,
                                e.start(),
                                e.end(),
                                e.label(),
                                Output.rounded(e.score(), 4),
                                e.text()))
                .toList(),
        "entities",
        tagged.entities(),
        tagged.cut());
  }
}
