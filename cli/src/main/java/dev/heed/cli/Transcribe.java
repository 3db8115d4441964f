package dev.heed.cli;

import dev.heed.decode.DecodeConfig;
import dev.heed.task.SpeechRecognizer;
import dev.heed.task.SpeechRecognizer.Transcript;
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

/** {@code heed transcribe}. */
@Command(
    name = "transcribe",
    description = {
      "Write down what is said in WAV files, a line for each: with Whisper, or with a CTC model.",
      "Whisper hears 30 s at a time; longer files are heard in windows that overlap."
    },
    footer = {
      "%nExamples:",
      "  heed transcribe --model models/whisper-tiny talk.wav",
      "  heed transcribe --model models/whisper-small --language de --beam 5 *.wav",
      "  ls *.wav | heed transcribe --model models/whisper-small --task translate --json"
    })
final class Transcribe implements Callable<Integer> {
  @Mixin private TextStream stream;

  @Option(
      names = "--language",
      paramLabel = "NAME",
      description =
          "What is spoken, such as de or German (default: what the model's settings say, or what it"
              + " hears).")
  private Optional<String> language = Optional.empty();

  @Option(
      names = "--task",
      paramLabel = "TASK",
      description =
          "transcribe, or translate into English (default: what the model's settings say).")
  private Optional<SpeechRecognizer.Task> task = Optional.empty();

  @ArgGroup(
      validate = false,
      heading = "%nSearch (default: what the model folder's generation_config.json says):%n")
  private SearchOptions search = new SearchOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    try (SpeechRecognizer loaded = SpeechRecognizer.load(stream.model(spec), stream.start())) {
      SpeechRecognizer recognizer = Usage.checked(spec, () -> loaded.with(options(loaded)));
      return stream.runFiles(
          spec,
          "transcribing",
          (files, first, done) ->
              Sounds.each(files, first, (sounds, number) -> recognizer.transcribe(sounds, done))
                  .stream()
                  .map(Transcribe::told)
                  .toList());
    }
  }

  private SpeechRecognizer.Options options(SpeechRecognizer loaded) {
    DecodeConfig decode = search.over(loaded.options().decode(), 1);
    return new SpeechRecognizer.Options(decode, language, task, stream.batch);
  }

  private static TextStream.Told told(Transcript transcript) {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("text", transcript.text());
    transcript.language().ifPresent(code -> value.put("language", code));
    return new TextStream.Told(
        () -> List.of(transcript.text()), "transcript", value, /* cut= */ false);
  }
}
