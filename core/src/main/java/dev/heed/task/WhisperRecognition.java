package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.decode.GenerationConfig;
import dev.heed.decode.Hypothesis;
import dev.heed.decode.Search;
import dev.heed.decode.Start;
import dev.heed.model.Generation;
import dev.heed.model.SpeechToText;
import dev.heed.task.SpeechRecognizer.Options;
import dev.heed.task.SpeechRecognizer.Transcript;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * Text by Whisper. What is longer than the model hears at once is heard in windows that share a
 * sixth on either side, and what they say is joined ({@link Overlap}).
 *
 * @param generation the whole of generation_config.json
 * @param settings of it, those of the search
 * @param config the whole of config.json
 * @param positions the longest text in tokens, the prompt included
 */
record WhisperRecognition(
    SpeechToText model,
    Listening listening,
    Tokenizer tokenizer,
    JsonNode generation,
    GenerationConfig settings,
    JsonNode config,
    int positions)
    implements Recognition {
  private static final int SHARED = 6;

  /** A window of a recording's sound. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Window(int recording, float[] samples) {}

  @Override
  public Options options() {
    return new Options(settings.decode(), Optional.empty(), Optional.empty(), Batches.DEFAULT);
  }

  @Override
  public void check(Options options) {
    prompt(options);
  }

  private WhisperPrompt prompt(Options options) {
    return WhisperPrompt.of(generation, config, settings.special().bos(), options);
  }

  @Override
  public List<Transcript> transcribe(List<float[]> recordings, Options options, IntConsumer done) {
    List<Window> windows = new ArrayList<>();
    List<List<int[]>> said = new ArrayList<>();
    for (int i = 0; i < recordings.size(); i++) {
      windows.addAll(windows(i, recordings.get(i)));
      said.add(new ArrayList<>());
    }
    WhisperPrompt prompt = prompt(options);
    OptionalInt[] languages = new OptionalInt[recordings.size()];
    Arrays.fill(languages, OptionalInt.empty());
    int told = 0;
    for (int from = 0; from < windows.size(); from += options.batch()) {
      int to = Math.min(from + options.batch(), windows.size());
      write(windows.subList(from, to), prompt, languages, options, said);
      int whole = to < windows.size() ? windows.get(to).recording : recordings.size();
      done.accept(whole - told);
      told = whole;
    }
    return IntStream.range(0, recordings.size())
        .mapToObj(i -> transcript(said.get(i), prompt, languages[i]))
        .toList();
  }

  /** All of a recording: each window is one sixth further on either side than what it adds. */
  private List<Window> windows(int recording, float[] samples) {
    int length = listening.preprocessor().longest().orElseThrow();
    int shared = (int) Math.rint((double) length / SHARED);
    List<Window> windows = new ArrayList<>();
    for (int start = 0; ; start += length - 2 * shared) {
      int end = Math.min(start + length, samples.length);
      windows.add(new Window(recording, Arrays.copyOfRange(samples, start, end)));
      if (end == samples.length) return windows;
    }
  }

  /** Adds what is said in each window to its recording's. */
  private void write(
      List<Window> windows,
      WhisperPrompt prompt,
      OptionalInt[] languages,
      Options options,
      List<List<int[]>> said) {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Tensor sound = listening.features(windows.stream().map(Window::samples).toList());
      Memory memory = model.encode(sound, Optional.empty());
      if (prompt.detects()) detect(windows, memory, prompt, languages);
      List<int[]> prompts =
          windows.stream().map(window -> prompt.ids(languages[window.recording])).toList();
      int length = prompts.get(0).length;
      int[] ids = prompts.stream().flatMapToInt(IntStream::of).toArray();
      Tensor begun = Tensor.of(ids, prompts.size(), length).to(listening.device()); // (R, P)
      int most = Math.max(1, Math.min(options.decode().maxLength(), positions - length));
      List<Start> starts =
          prompts.stream().map(row -> new Start(row, most, 0, Start.Stop.NEVER)).toList();
      try (Generation writing =
          Generation.of(model, memory, begun, options.decode().width(), most)) {
        List<List<Hypothesis>> found =
            Search.search(writing, settings.special(), starts, options.decode());
        for (int i = 0; i < windows.size(); i++)
          said.get(windows.get(i).recording).add(words(found.get(i).get(0).tokens()));
      }
    }
  }

  /**
   * The likeliest language of each recording that begins here (Radford et al. 2023, section 2.3).
   */
  private void detect(
      List<Window> windows, Memory memory, WhisperPrompt prompt, OptionalInt[] languages) {
    int[] starts = new int[windows.size()];
    Arrays.fill(starts, prompt.start());
    Tensor first = Tensor.of(starts, starts.length, 1).to(listening.device());
    Tensor logits =
        model.logits(model.decode(first, memory, Pass.whole(first, Mask.NONE))); // (B, 1, V)
    for (int i = 0; i < windows.size(); i++) {
      int recording = windows.get(i).recording;
      if (languages[recording].isPresent()) continue;
      float[] scores = logits.select(0, i).toFloats();
      languages[recording] =
          prompt.languages().values().stream()
              .mapToInt(id -> id)
              .reduce((best, id) -> scores[id] > scores[best] ? id : best);
    }
  }

  /** Without what is spelled {@code <|…|>}: times, and tokens that steer. */
  private int[] words(int[] tokens) {
    return IntStream.of(tokens)
        .filter(id -> id >= tokenizer.size() || !tokenizer.token(id).matches("<\\|[^|]*\\|>"))
        .toArray();
  }

  private Transcript transcript(List<int[]> said, WhisperPrompt prompt, OptionalInt found) {
    List<int[]> some = said.stream().filter(tokens -> tokens.length > 0).toList();
    int[] tokens = some.isEmpty() ? new int[0] : Overlap.join(some);
    OptionalInt language = prompt.language().isPresent() ? prompt.language() : found;
    return new Transcript(
        tokenizer.decode(tokens).strip(),
        tokens,
        language.stream().boxed().findFirst().flatMap(prompt::code));
  }
}
