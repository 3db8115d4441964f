package dev.heed.cli;

import dev.heed.task.Answerer;
import dev.heed.task.Answerer.Options;
import dev.heed.task.Answerer.Question;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code heed answer}. */
@Command(
    name = "answer",
    description = {
      "Find the answer to a question in a text. Lines are question, tab, text; or JSON objects"
          + " (--fields question,context).",
      "A long text is read in windows that overlap."
    },
    footer = {
      "%nExamples:",
      "  printf 'Who wrote it?\\tAda wrote it in 1843.\\n' | heed answer --model models/squad",
      "  heed answer --model models/squad2 --fields question,context --no-answer --json q.jsonl"
    })
final class Answer implements Callable<Integer> {
  @Mixin private TextStream stream;

  @Option(
      names = "--n-best",
      defaultValue = "1",
      paramLabel = "N",
      description =
          "Print the N best answers of each line, each with its score before a tab (default:"
              + " ${DEFAULT-VALUE}).")
  private int nBest;

  @Option(
      names = "--no-answer",
      description = "That there is none is an answer too, for models trained so: an empty one.")
  private boolean noAnswer;

  @Option(
      names = "--longest",
      defaultValue = "15",
      paramLabel = "N",
      description = "Tokens of an answer at most (default: ${DEFAULT-VALUE}).")
  private int longest;

  @Option(
      names = "--window",
      defaultValue = "384",
      paramLabel = "N",
      description = "Tokens read at a time, question included (default: ${DEFAULT-VALUE}).")
  private int window;

  @Option(
      names = "--stride",
      defaultValue = "128",
      paramLabel = "N",
      description =
          "Tokens that two windows share, at most half of what they have room for (default:"
              + " ${DEFAULT-VALUE}).")
  private int stride;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    List<String> names = Usage.fields(spec, stream.fields, List.of("question", "context"));
    Options options =
        Usage.checked(
            spec, () -> new Options(nBest, noAnswer, longest, window, stride, stream.batch));
    try (Answerer loaded = Answerer.load(stream.model, stream.start())) {
      Answerer answerer = loaded.with(options);
      return stream.run(
          spec,
          "answering",
          names,
          (texts, first, done) ->
              answerer
                  .answer(
                      texts.stream().map(t -> new Question(t.get(0), t.get(1))).toList(),
                      first,
                      done)
                  .stream()
                  .map(this::told)
                  .toList());
    }
  }

  private TextStream.Told told(List<Answerer.Answer> answers) {
    return new TextStream.Told(
        () ->
            answers.stream()
                .map(
                    one ->
                        nBest == 1
                            ? one.text()
                            : Output.rounded(one.score(), 4) + "\t" + one.text())
                .toList(),
        "answers",
        answers,
        false);
  }
}
