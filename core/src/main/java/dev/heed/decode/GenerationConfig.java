package dev.heed.decode;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * How to generate, as Hugging Face's {@code generation_config.json} says it, with the defaults of
 * its {@code generate}: greedy search, cut at the greatest length, scores that are means, and of
 * the 50 most probable tokens where they are drawn.
 *
 * @param countsPrompt whether {@code decode.maxLength()} counts the prompt's tokens too, as {@code
 *     max_length} does; {@code max_new_tokens} doesn't
 */
public record GenerationConfig(DecodeConfig decode, SpecialTokens special, boolean countsPrompt) {
  /** What would change the output and isn't there. */
  private static final List<String> UNKNOWN =
      List.of(
          "constraints",
          "diversity_penalty",
          "dola_layers",
          "encoder_no_repeat_ngram_size",
          "encoder_repetition_penalty",
          "epsilon_cutoff",
          "eta_cutoff",
          "exponential_decay_length_penalty",
          "force_words_ids",
          "forced_decoder_ids",
          "guidance_scale",
          "num_beam_groups",
          "sequence_bias",
          "top_h",
          "watermarking_config");

  private static final int MAX_NEW = 256;

  /**
   * Reads settings.
   *
   * @param json the settings; what it lacks has its default
   * @param prompt how many tokens the settings' {@code min_length} counts before the first
   *     generated one
   * @throws UserError if a value is wrong, or a setting isn't known here
   */
  public static GenerationConfig read(JsonNode json, int prompt) {
    for (String name : UNKNOWN)
      if (!isNeutral(json.path(name)))
        throw new UserError(
            "%s is %s, which Heed's decoders don't know: take it out of the generation settings"
                .formatted(name, json.get(name)));
    OptionalInt maxNew = integer(json, "max_new_tokens");
    OptionalInt maxLength = maxNew.isPresent() ? OptionalInt.empty() : integer(json, "max_length");
    int minLength =
        Math.max(
            integer(json, "min_new_tokens").orElse(0),
            integer(json, "min_length").orElse(0) - prompt);
    boolean sample = json.path("do_sample").asBoolean(false);
    int beam = integer(json, "num_beams").orElse(1);
    int topK = integer(json, "top_k").orElse(50);
    boolean contrastive = !sample && beam == 1 && topK > 1;
    JsonNode early = json.path("early_stopping");
    var decode =
        new DecodeConfig(
            beam,
            integer(json, "num_return_sequences").orElse(1),
            LengthPenalty.PLAIN,
            json.path("length_penalty").asDouble(1),
            maxNew.orElse(maxLength.orElse(MAX_NEW)),
            0,
            Integer.MAX_VALUE,
            integer(json, "no_repeat_ngram_size").orElse(0),
            early.asBoolean(false),
            early.asText().equals("never") ? StopBound.EXACT : StopBound.ESTIMATE,
            true,
            Math.max(0, minLength),
            json.path("repetition_penalty").asDouble(1),
            new Sampling(
                sample,
                json.path("temperature").asDouble(1),
                topK,
                json.path("top_p").asDouble(1),
                json.path("min_p").asDouble(0),
                json.path("typical_p").asDouble(1),
                0),
            contrastive ? json.path("penalty_alpha").asDouble(0) : 0);
    return new GenerationConfig(decode, special(json), maxLength.isPresent());
  }

  private static SpecialTokens special(JsonNode json) {
    List<Integer> banned = new ArrayList<>(ids(json.path("suppress_tokens")));
    for (JsonNode word : json.path("bad_words_ids")) {
      if (word.size() != 1)
        throw new UserError(
            "bad_words_ids has %s: only single tokens can be forbidden".formatted(word));
      banned.add(word.get(0).asInt());
    }
    List<Integer> ends = ids(json.path("eos_token_id"));
    banned.removeAll(ends);
    return new SpecialTokens(
        integer(json, "decoder_start_token_id").orElse(integer(json, "bos_token_id").orElse(0)),
        ints(ends),
        ints(banned),
        ints(ids(json.path("begin_suppress_tokens"))),
        integer(json, "forced_bos_token_id"),
        first(ids(json.path("forced_eos_token_id"))));
  }

  private static OptionalInt integer(JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (value.isMissingNode() || value.isNull()) return OptionalInt.empty();
    if (value.canConvertToExactIntegral() && value.canConvertToInt())
      return OptionalInt.of(value.intValue());
    throw new UserError("%s is %s, where a whole number is wanted".formatted(name, value));
  }

  /** One id, or a list of them. */
  private static List<Integer> ids(JsonNode node) {
    List<Integer> ids = new ArrayList<>();
    if (node.isInt()) ids.add(node.intValue());
    else node.forEach(id -> ids.add(id.intValue()));
    return ids;
  }

  private static int[] ints(List<Integer> ids) {
    return ids.stream().mapToInt(id -> id).toArray();
  }

  private static OptionalInt first(List<Integer> ids) {
    return ids.isEmpty() ? OptionalInt.empty() : OptionalInt.of(ids.get(0));
  }

  private static boolean isNeutral(JsonNode value) {
    return value.isMissingNode()
        || value.isNull()
        || value.isContainerNode() && value.isEmpty()
        || value.isBoolean() && !value.asBoolean()
        || value.isNumber() && (value.asDouble() == 0 || value.asDouble() == 1);
  }
}
