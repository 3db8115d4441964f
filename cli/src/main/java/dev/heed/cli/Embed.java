package dev.heed.cli;

import dev.heed.config.UserError;
import dev.heed.task.Embedder;
import dev.heed.task.Embedder.Vector;
import dev.heed.task.Pooling;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed embed}. */
@Command(
    name = "embed",
    description = {
      "Make a vector of each line: its numbers, with spaces between.",
      "Pooling, length and prompts are those of the sentence-transformers library's files in the"
          + " folder; without them, vectors are means of unit length."
    },
    footer = {
      "%nExamples:",
      "  heed embed --model models/all-MiniLM-L6-v2 sentences.txt > vectors.txt",
      "  echo 'A man rides a horse.' | heed embed --model models/all-MiniLM-L6-v2 --json",
      "  heed embed --model models/e5 --prefix 'query: ' --fields text --json q.jsonl > v.jsonl"
    })
final class Embed implements Callable<Integer> {
  @Mixin private TextStream stream;
  @Mixin private TruncateOption truncate;

  @Option(
      names = "--pooling",
      paramLabel = "KIND",
      description = "mean of the tokens' vectors, or cls: the first token's.")
  private Optional<Pooling> pooling = Optional.empty();

  @Option(
      names = "--normalise",
      arity = "1",
      paramLabel = "true|false",
      description = "Whether vectors are scaled to length 1.")
  private Optional<Boolean> normalise = Optional.empty();

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "Put this before each text, such as 'query: '.")
  private Optional<String> prefix = Optional.empty();

  @Option(
      names = "--prompt",
      paramLabel = "NAME",
      description = "The prefix of this name in the folder's config_sentence_transformers.json.")
  private Optional<String> prompt = Optional.empty();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<String> names = Usage.fields(spec, stream.fields, List.of("text"));
    try (Embedder loaded = Embedder.load(stream.model, stream.start())) {
      Embedder embedder = Usage.checked(spec, () -> loaded.with(options(loaded)));
      return stream.run(
          spec,
          "embedding",
          names,
          (texts, first, done) ->
              embedder.embed(texts.stream().map(t -> t.get(0)).toList(), first, done).stream()
                  .map(Embed::told)
                  .toList());
    }
  }

  private Embedder.Options options(Embedder loaded) {
    Embedder.Options told = loaded.options();
    String named =
        prompt
            .map(
                name ->
                    Optional.ofNullable(loaded.prompts().get(name))
                        .orElseThrow(
                            () ->
                                new UserError(
                                    "no prompt \"%s\": the folder has %s"
                                        .formatted(name, loaded.prompts().keySet()))))
            .orElse(told.prefix());
    return new Embedder.Options(
        pooling.orElse(told.pooling()),
        normalise.orElse(told.unit()),
        prefix.orElse(named),
        truncate.tooLong(),
        stream.batch);
  }

  private static TextStream.Told told(Vector vector) {
    float[] values = vector.values();
    return new TextStream.Told(
        () ->
            List.of(
                IntStream.range(0, values.length)
                    .mapToObj(i -> Float.toString(values[i]))
                    .collect(Collectors.joining(" "))),
        "vector",
        values,
        vector.cut());
  }
}
