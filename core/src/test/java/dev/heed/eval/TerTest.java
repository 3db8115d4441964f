package dev.heed.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TerTest {
  private static final Ter TER = new Ter(Ter.Options.DEFAULT);

  private static Ter.Score score(String hypothesis, String... references) {
    return TER.sentence(hypothesis, List.of(references));
  }

  @Test
  void emptyTextCostsItsOtherSide() {
    assertEquals(0, score("", "").score());
    assertEquals(100, score("", "three words here").score());
    assertEquals(100, score("three words here", "").score());
    assertEquals(3, score("three words here", "").numEdits());
  }

  @Test
  void emptyLinesAddNothing() {
    var score = TER.corpus(List.of("left", "", "up"), List.of(List.of("right", "", "up")));
    assertEquals(1, score.numEdits());
    assertEquals(50, score.score());
  }

  @Test
  void singleTokensMatchOrAreReplaced() {
    assertEquals(0, score("Word", "word").score());
    assertEquals(100, score("word", "other").score());
    assertEquals(200, score("two words", "other").score());
  }

  @Test
  void aMovedRunIsOneEdit() {
    assertEquals(1, score("p q r s t k l m", "k l m p q r s t").numEdits());
    // And an error left over is another.
    assertEquals(2, score("p q r s x k l m", "k l m p q r s t").numEdits());
  }

  @Test
  void theClosestReferenceCountsOverTheMeanLength() {
    var score = score("one two", "one two", "far too long a line");
    assertEquals(0, score.numEdits());
    assertEquals(3.5, score.refLength());
    assertEquals(
        "nrefs:2|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:heed-" + Signature.VERSION,
        score.signature());
  }

  @Test
  void aHypothesisFarFromTheReferencesLengthStaysInTheWidenedBeam() {
    var reference = String.join(" ", "w".repeat(400).split(""));
    assertEquals(399, score("w", reference).numEdits());
    assertEquals(399, score(reference, "w").numEdits());
  }

  @Test
  void tokenizationFollowsTheOptions() {
    assertEquals(List.of("mind", "the", "gap!"), words(false, false, false, "Mind the gap! "));
    assertEquals(
        List.of("mind", "the", "cat", "'s", "\"", "3.5", "\"", "!"),
        words(true, false, false, "Mind the cat's &quot;3.5&quot;!"));
    assertEquals(List.of("mind", "the", "gap"), words(false, true, false, "Mind (the) gap!"));
    assertEquals(List.of("山", "と", "川", "。"), words(true, false, true, "山と川。"));
    assertEquals(List.of("山と川"), words(false, true, true, "山と川。"));
    assertEquals(
        List.of("A"), new TercomTokenizer(options(false, false, false, true)).tokenize("A"));
  }

  @Test
  void normalizingSplitsReferencesTwice() {
    var ter = new Ter(options(true, false, false, false));
    assertEquals(List.of("x", ".", ".1"), words(true, false, false, "x..1"));
    assertEquals(4, ter.sentence("x . . 1", List.of("x..1")).refLength());
    assertEquals(2, ter.sentence("x..1", List.of("x..1")).numEdits());
  }

  private static List<String> words(
      boolean normalized, boolean noPunct, boolean asian, String line) {
    return new TercomTokenizer(options(normalized, noPunct, asian, false)).tokenize(line);
  }

  private static Ter.Options options(
      boolean normalized, boolean noPunct, boolean asian, boolean caseSensitive) {
    return new Ter.Options(normalized, noPunct, asian, caseSensitive);
  }

  @Test
  void shiftsKeepTheOtherWordsInOrder() {
    int[] words = {0, 1, 2, 3, 4, 5};
    assertArrayEquals(new int[] {0, 3, 4, 1, 2, 5}, TercomEdits.shifted(words, 3, 2, 1));
    assertArrayEquals(new int[] {0, 3, 4, 1, 2, 5}, TercomEdits.shifted(words, 1, 2, 5));
    assertArrayEquals(new int[] {0, 3, 1, 2, 4, 5}, TercomEdits.shifted(words, 1, 2, 2));
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5}, TercomEdits.shifted(words, 4, 2, 5));
  }

  /** The rows taken over from the current order must not change what an order's distance is. */
  @Property
  void distancesOfOtherOrdersEqualThoseComputedAfresh(
      @ForAll @Size(min = 1, max = 40) List<@IntRange(max = 4) Integer> hypothesis,
      @ForAll @Size(min = 1, max = 40) List<@IntRange(max = 4) Integer> reference,
      @ForAll @IntRange(max = 39) int from,
      @ForAll @IntRange(max = 39) int target) {
    var words = hypothesis.stream().mapToInt(i -> i).toArray();
    var goal = reference.stream().mapToInt(i -> i).toArray();
    int start = from % words.length;
    int length = Math.min(3, words.length - start);
    var moved = TercomEdits.shifted(words, start, length, target % (words.length + 1));
    var distance = new BeamEditDistance(words, goal);
    int expected = new BeamEditDistance(moved, goal).current();
    assertEquals(expected, distance.of(moved));
    distance.moveTo(moved);
    assertEquals(expected, distance.current());
    assertArrayEquals(
        Arrays.stream(words).sorted().toArray(), Arrays.stream(moved).sorted().toArray());
  }

  @Property
  void editsAreAtMostTheLongerLength(
      @ForAll @Size(max = 12) List<@IntRange(max = 3) Integer> hypothesis,
      @ForAll @Size(max = 12) List<@IntRange(max = 3) Integer> reference) {
    var h = hypothesis.stream().map(String::valueOf).toList();
    var r = reference.stream().map(String::valueOf).toList();
    int edits = TercomEdits.count(h, r);
    assertTrue(edits <= Math.max(h.size(), r.size()));
    assertTrue(edits >= Math.abs(h.size() - r.size()));
    assertEquals(h.equals(r), edits == 0);
  }

  @Test
  void lengthsThatDifferAreNamed() {
    assertThrows(UserError.class, () -> TER.corpus(List.of("a"), List.of(List.of())));
  }
}
