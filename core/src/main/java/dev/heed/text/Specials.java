package dev.heed.text;

import dev.heed.config.UserError;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The special tokens of a tokenizer to be trained.
 *
 * @param tokens in the order of their ids, which begin at 0
 * @param unk the one among them for what the vocabulary cannot spell
 * @param template what is put around a text {@code $A}, such as {@code "[CLS] $A [SEP]"}; empty for
 *     nothing. Of a pair's second text, only what stands from {@code $A} on is put around it.
 */
public record Specials(List<String> tokens, String unk, String template) {
  /** For sequence-to-sequence models and language models: each text ends in {@code </s>}. */
  public static final Specials SEQUENCE =
      new Specials(List.of("<pad>", "<s>", "</s>", "<unk>"), "<unk>", "$A </s>");

  /** Those of BERT, in the order of its trainer in Hugging Face's library. */
  public static final Specials BERT =
      new Specials(
          List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), "[UNK]", "[CLS] $A [SEP]");

  /** Those of BART, in the order of its vocabulary. */
  public static final Specials BART =
      new Specials(List.of("<s>", "<pad>", "</s>", "<unk>", "<mask>"), "<unk>", "<s> $A </s>");

  /** Those of T5, and its hundred sentinels, which stand for what is to be said. */
  public static final Specials T5 =
      new Specials(
          Stream.concat(
                  Stream.of("<pad>", "</s>", "<unk>"),
                  IntStream.range(0, 100).mapToObj(Specials::sentinel))
              .toList(),
          "<unk>",
          "$A </s>");

  /** T5's sentinel number {@code i}, from 0. */
  public static String sentinel(int i) {
    return "<extra_id_" + i + ">";
  }

  /**
   * @throws UserError if a token is listed twice, or {@code unk} or one of the template isn't
   *     listed
   */
  public Specials {
    tokens = List.copyOf(tokens);
    if (new HashSet<>(tokens).size() < tokens.size()) {
      throw new UserError("The special tokens " + tokens + " name one twice: list each once.");
    }
    for (String token : tokens) {
      if (token.codePointCount(0, token.length()) < 2) {
        throw new UserError(
            "The special token \""
                + token
                + "\" could be a character of a text: give a longer one.");
      }
    }
    require(tokens, unk);
    for (String part : parts(template)) {
      if (!part.equals("$A")) require(tokens, part);
    }
    if (!template.isEmpty() && !parts(template).contains("$A")) {
      throw new UserError("The template \"" + template + "\" has no $A, the text: add it.");
    }
  }

  /** The template's parts in order; none if it is empty. */
  List<String> parts() {
    return parts(template);
  }

  private static List<String> parts(String template) {
    return template.isEmpty() ? List.of() : List.of(template.split(" "));
  }

  private static void require(List<String> tokens, String token) {
    if (!tokens.contains(token)) {
      throw new UserError(
          "The token " + token + " is not among the special tokens " + tokens + ": add it.");
    }
  }
}
