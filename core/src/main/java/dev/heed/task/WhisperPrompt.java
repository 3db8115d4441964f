package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import dev.heed.task.SpeechRecognizer.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What Whisper's decoder is told before it writes (Radford et al. 2023, figure 1): where a
 * transcript starts, its language, what to do, and that no times are wanted.
 *
 * @param start the decoder's first token
 * @param language the token that follows, if it is known
 * @param detects whether it is to be found out instead
 * @param rest the tokens behind
 * @param languages the token of each language that the model tells apart, by its code
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record WhisperPrompt(
    int start, OptionalInt language, boolean detects, int[] rest, Map<String, Integer> languages) {

  /**
   * As transformers reads it out of generation_config.json: {@code language} and {@code task}, or
   * else the older {@code forced_decoder_ids}, which config.json may have too.
   *
   * @throws UserError if the model doesn't know the language or the task
   */
  static WhisperPrompt of(JsonNode generation, JsonNode config, int start, Options options) {
    Map<String, Integer> languages = new TreeMap<>();
    generation
        .path("lang_to_id")
        .properties()
        .forEach(entry -> languages.put(code(entry.getKey()), entry.getValue().asInt()));
    JsonNode tasks = generation.path("task_to_id");
    if ((options.language().isPresent() || options.task().isPresent())
        && !generation.path("is_multilingual").asBoolean(true))
      throw new UserError("this Whisper knows English alone: leave language and task out");
    Optional<String> language =
        options.language().or(() -> Optional.ofNullable(generation.path("language").textValue()));
    Optional<String> task =
        options
            .task()
            .map(one -> one.name().toLowerCase(Locale.ROOT))
            .or(() -> Optional.ofNullable(generation.path("task").textValue()));
    List<OptionalInt> rest = new ArrayList<>();
    if (language.isEmpty() && task.isEmpty())
      rest.addAll(forced(generation.path("forced_decoder_ids").isArray() ? generation : config));
    else if (task.isPresent()) rest.add(OptionalInt.of(task(tasks, task.get())));
    else if (!tasks.isEmpty()) rest.add(OptionalInt.of(task(tasks, "transcribe")));
    boolean open = // whether no token of a language is forced
        rest.isEmpty() || rest.get(0).isEmpty() || task.isPresent();
    JsonNode silent = generation.path("no_timestamps_token_id");
    if (silent.isInt()
        && (rest.isEmpty() || rest.get(rest.size() - 1).orElse(-1) != silent.asInt()))
      rest.add(OptionalInt.of(silent.asInt()));
    return new WhisperPrompt(
        start,
        language.isPresent()
            ? OptionalInt.of(language(languages, language.get()))
            : OptionalInt.empty(),
        language.isEmpty() && open && !languages.isEmpty(),
        rest.stream().flatMapToInt(OptionalInt::stream).toArray(),
        languages);
  }

  /** The tokens at places 1, 2, …; null is a language that is to be found out. */
  private static List<OptionalInt> forced(JsonNode config) {
    List<OptionalInt> tokens = new ArrayList<>();
    for (JsonNode pair : config.path("forced_decoder_ids")) {
      if (pair.path(0).asInt() != tokens.size() + 1)
        throw new UserError(
            "forced_decoder_ids is %s, which must tell the tokens from place 1 on"
                .formatted(config.path("forced_decoder_ids")));
      JsonNode token = pair.path(1);
      tokens.add(token.isInt() ? OptionalInt.of(token.asInt()) : OptionalInt.empty());
    }
    return tokens;
  }

  private static int task(JsonNode tasks, String name) {
    if (tasks.has(name)) return tasks.get(name).asInt();
    List<String> known = new ArrayList<>();
    tasks.fieldNames().forEachRemaining(known::add);
    throw new UserError("no task \"%s\": the model knows %s".formatted(name, known));
  }

  /** A language by its code, {@code de}, its token, {@code <|de|>}, or its name, {@code German}. */
  private static int language(Map<String, Integer> languages, String name) {
    for (var entry : languages.entrySet())
      if (code(name).equalsIgnoreCase(entry.getKey())
          || name.equalsIgnoreCase(
              Locale.forLanguageTag(entry.getKey()).getDisplayLanguage(Locale.ENGLISH)))
        return entry.getValue();
    throw new UserError(
        "no language \"%s\": the model knows %s".formatted(name, languages.keySet()));
  }

  private static String code(String token) {
    return token.replaceAll("^<\\||\\|>$", "");
  }

  /** The prompt, with the language found out if there is one. */
  int[] ids(OptionalInt found) {
    OptionalInt told = language.isPresent() ? language : found;
    return IntStream.concat(
            IntStream.concat(IntStream.of(start), told.stream()), IntStream.of(rest))
        .toArray();
  }

  /** The code of a language's token. */
  Optional<String> code(int token) {
    return languages.entrySet().stream()
        .filter(entry -> entry.getValue() == token)
        .map(Map.Entry::getKey)
        .findFirst();
  }
}
