package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.UserError;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTrainerTest {
  private static final List<String> CORPUS =
      List.of(
          "The cat sat on the mat, and the rat sat on the cat!",
          "Über den Wölken grüßt der müde Bäcker (um 7:45) die Brücke.",
          "the oldest cat is older than the older rat's mat?",
          "  two   spaces, a\ttab 👍🏽 and 😀😀 again 👍🏽😀",
          "");

  private static final Tokenizer BPE = Tokenizer.of(trainer("bpe", 300).train(CORPUS));

  @ParameterizedTest
  @ValueSource(strings = {"bpe", "wordpiece", "unigram", "characters"})
  void hasTheSizeAndTheSpecialTokensAskedFor(String kind) {
    int size = largest(kind) - 3;
    Tokenizer tokenizer = Tokenizer.of(trainer(kind, size).train(CORPUS));
    assertEquals(size, tokenizer.size());
    assertEquals(0, tokenizer.pad());
    assertEquals(1, tokenizer.bos());
    assertEquals(2, tokenizer.eos());
    assertEquals(3, tokenizer.unk());
    int[] plain = tokenizer.withoutSpecials().encode("the cat");
    int[] ids = tokenizer.encode("the cat");
    assertArrayEquals(plain, IntStream.of(ids).limit(ids.length - 1).toArray());
    assertEquals(2, ids[ids.length - 1]);
    assertEquals("the cat", tokenizer.decode(ids));
    Encoding pair = tokenizer.encoding("the", "cat");
    assertEquals(2, IntStream.of(pair.ids()).filter(id -> id == 2).count());
    assertEquals(0, pair.typeIds()[0]);
    assertEquals(1, pair.typeIds()[pair.size() - 1]);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bpe", "wordpiece", "unigram", "characters"})
  void isRepeatableAndReadsTheCorpusOnce(String kind) {
    int size = largest(kind);
    ObjectNode first = trainer(kind, size).train(CORPUS);
    var once = List.copyOf(CORPUS).iterator();
    assertEquals(first, trainer(kind, size).train(() -> once));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bpe", "unigram", "characters"})
  void givesBackTheTextsItWasTrainedOn(String kind) {
    Tokenizer tokenizer = Tokenizer.of(trainer(kind, largest(kind)).train(CORPUS));
    for (String line : CORPUS) {
      // Metaspace marks the beginning of a text as it marks a space.
      String expected = kind.equals("unigram") && line.startsWith(" ") ? line.substring(1) : line;
      assertEquals(expected, tokenizer.decode(tokenizer.encode(line)));
    }
  }

  @Property
  void bpeGivesBackAnyText(@ForAll("texts") String text) {
    assertEquals(text, BPE.decode(BPE.encode(text)));
    Encoding encoding = BPE.encoding(text);
    assertEquals(text.isEmpty() ? 1 : encoding.size(), encoding.spans().size());
    for (Encoding.Span span : encoding.spans()) {
      assertTrue(0 <= span.start() && span.start() <= span.end() && span.end() <= text.length());
    }
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<Integer> codePoints =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, 0x2FF),
            Arbitraries.integers().between(0, Character.MAX_CODE_POINT));
    return codePoints
        .filter(c -> Character.isDefined(c) && Character.getType(c) != Character.SURROGATE)
        .list()
        .ofMaxSize(40)
        .map(list -> list.stream().map(Character::toString).collect(Collectors.joining()));
  }

  @Test
  void bpeSpansLeaveOutTheSpaceBeforeAWord() {
    Encoding encoding = BPE.encoding("the cat");
    int last = encoding.size() - 2;
    assertEquals("Ġcat", encoding.tokens().get(last));
    assertEquals(new Encoding.Span(4, 7), encoding.spans().get(last));
  }

  @Test
  void unigramSpellsFrequentWordsAsOnePiece() {
    Tokenizer tokenizer = Tokenizer.of(trainer("unigram", 80).train(CORPUS));
    assertTrue(tokenizer.id("▁the").isPresent());
    assertTrue(tokenizer.encode("the cat").length < "the cat".length());
  }

  @Test
  void rarePartsAreLeftOut() {
    var characters = new CharacterTrainer(5, 2, Specials.SEQUENCE).train(List.of("aab"));
    Tokenizer tokenizer = Tokenizer.of(characters);
    assertArrayEquals(new int[] {4, 3, 2}, tokenizer.encode("ab"));
    PairMerges merges = new BpeTrainer(261, 2, Specials.SEQUENCE).learn(List.of("ab ab ac"));
    assertEquals(List.of(new PairMerges.Merge("a", "b", 2)), merges.merges());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bpe", "wordpiece", "unigram"})
  void refusesSizesOutOfReachAndNamesTheNearest(String kind) {
    int largest = largest(kind);
    assertEquals(largest, Tokenizer.of(trainer(kind, largest).train(CORPUS)).size());
    assertUserError("larger", () -> trainer(kind, largest + 1).train(CORPUS));
  }

  @Test
  void takesAsManyCharactersAsThereAre() {
    var tree = new CharacterTrainer(400, 1, Specials.SEQUENCE).train(List.of("aab"));
    assertEquals(6, Tokenizer.of(tree).size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bpe", "wordpiece", "unigram", "characters"})
  void refusesSizesTooSmallForTheAlphabet(String kind) {
    int smallest = number(assertUserError("too small", () -> trainer(kind, -1).train(CORPUS)));
    assertEquals(smallest, Tokenizer.of(trainer(kind, smallest).train(CORPUS)).size());
    assertUserError("too small", () -> trainer(kind, smallest - 1).train(CORPUS));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bpe", "wordpiece", "unigram", "characters"})
  void refusesAnEmptyCorpusAndAFrequencyBelowOne(String kind) {
    assertUserError("corpus", () -> trainer(kind, 300).train(List.of()));
    assertUserError("corpus", () -> trainer(kind, 300).train(List.of("", "")));
    assertUserError("frequency", () -> TokenizerTrainer.of(kind, 300, 0));
  }

  @Test
  void namesTheKindsWhenThereIsNone() {
    UserError error = assertUserError("word2vec", () -> TokenizerTrainer.of("word2vec", 300, 1));
    for (String kind : TokenizerTrainer.KINDS.keySet()) {
      assertTrue(error.getMessage().contains(kind), error.getMessage());
    }
    assertEquals(
        new TreeSet<>(List.of("bpe", "characters", "unigram", "wordpiece")),
        new TreeSet<>(TokenizerTrainer.KINDS.keySet()));
  }

  @Test
  void refusesSpecialTokensThatContradictEachOther() {
    assertUserError("<unk>", () -> new Specials(List.of("<s>"), "<unk>", ""));
    assertUserError("twice", () -> new Specials(List.of("<s>", "<s>"), "<s>", ""));
    assertUserError("</s>", () -> new Specials(List.of("<unk>"), "<unk>", "$A </s>"));
    assertUserError("$A", () -> new Specials(List.of("<unk>"), "<unk>", "<unk>"));
    assertUserError("longer", () -> new Specials(List.of("_"), "_", ""));
  }

  private static TokenizerTrainer trainer(String kind, int vocabulary) {
    return TokenizerTrainer.of(kind, vocabulary, 1);
  }

  /** The largest vocabulary: where a larger one is refused, as the message names it. */
  private static int largest(String kind) {
    if (kind.equals("characters"))
      return Tokenizer.of(trainer(kind, 1_000_000).train(CORPUS)).size();
    return number(assertUserError("larger", () -> trainer(kind, 1_000_000).train(CORPUS)));
  }

  private static int number(UserError error) {
    Matcher match = Pattern.compile("set it to (\\d+)").matcher(error.getMessage());
    assertTrue(match.find(), error.getMessage());
    return Integer.parseInt(match.group(1));
  }

  private static UserError assertUserError(
      String part, org.junit.jupiter.api.function.Executable run) {
    UserError error = assertThrows(UserError.class, run);
    assertTrue(error.getMessage().contains(part), error.getMessage());
    return error;
  }
}
