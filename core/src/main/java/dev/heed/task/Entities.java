package dev.heed.task;

import dev.heed.task.Tagger.Entity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Labelled tokens into entities, after transformers' token classification pipeline: a prefix B
 * begins an entity, I goes on with one of its type or begins one (so IOB1 and IOB2 are read alike),
 * a label without prefix is as if it had I; and further E (or L) ends an entity, S (or U) is one of
 * its own (BIOES).
 *
 * @param labels the classes' names
 */
record Entities(List<String> labels, Merge merge) {
  private static final String OUTSIDE = "O";

  /**
   * A token, or a word.
   *
   * @param continues whether it goes on with the word of the token before
   * @param scores of the classes, probabilities
   */
  @SuppressWarnings("ArrayRecordComponent") // compared by no one
  record Token(int start, int end, boolean continues, double[] scores) {
    int best() {
      int best = 0;
      for (int i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
      return best;
    }

    double score() {
      return scores[best()];
    }
  }

  /** A label taken apart. */
  private record Tag(boolean begins, boolean ends, String type) {}

  List<Entity> of(String text, List<Token> tokens) {
    if (merge == Merge.NONE)
      return tokens.stream()
          .filter(token -> !labels.get(token.best()).equals(OUTSIDE))
          .map(token -> entity(text, labels.get(token.best()), List.of(token)))
          .toList();
    List<Entity> entities = new ArrayList<>();
    List<Token> open = new ArrayList<>();
    Tag last = new Tag(false, true, OUTSIDE);
    for (Token unit : merge == Merge.SIMPLE ? tokens : words(tokens)) {
      Tag tag = tag(labels.get(unit.best()));
      if (tag.begins() || last.ends() || !tag.type().equals(last.type())) {
        close(text, last, open, entities);
        open = new ArrayList<>();
      }
      open.add(unit);
      last = tag;
    }
    close(text, last, open, entities);
    return entities;
  }

  /**
   * Of entities that overlap, found in windows that do, the longest, and of those as long the
   * surest; as they stand in the text.
   */
  static List<Entity> apart(List<Entity> found) {
    List<Entity> apart = new ArrayList<>();
    for (Entity next : found.stream().sorted(Comparator.comparingInt(Entity::start)).toList()) {
      int end = apart.size() - 1;
      if (apart.isEmpty() || next.start() >= apart.get(end).end()) apart.add(next);
      else if (isBetter(next, apart.get(end))) apart.set(end, next);
    }
    return apart;
  }

  private static boolean isBetter(Entity next, Entity last) {
    int longer = next.end() - next.start() - (last.end() - last.start());
    return longer > 0 || longer == 0 && next.score() > last.score();
  }

  private static void close(String text, Tag tag, List<Token> open, List<Entity> entities) {
    if (!open.isEmpty() && !tag.type().equals(OUTSIDE))
      entities.add(entity(text, tag.type(), open));
  }

  private static Entity entity(String text, String label, List<Token> parts) {
    int start = parts.get(0).start();
    int end = parts.get(parts.size() - 1).end();
    while (start < end && Character.isWhitespace(text.charAt(start))) start++;
    while (end > start && Character.isWhitespace(text.charAt(end - 1))) end--;
    double score = parts.stream().mapToDouble(Token::score).average().orElseThrow();
    return new Entity(label, score, text.substring(start, end), start, end);
  }

  private Tag tag(String label) {
    if (label.length() < 3 || label.charAt(1) != '-') return new Tag(false, false, label);
    String type = label.substring(2);
    boolean prefixed = labels.contains("B-" + type) || labels.contains("I-" + type);
    char prefix = label.charAt(0);
    if (!prefixed || "BIESLU".indexOf(prefix) < 0) return new Tag(false, false, label);
    boolean alone = prefix == 'S' || prefix == 'U';
    return new Tag(prefix == 'B' || alone, prefix == 'E' || prefix == 'L' || alone, type);
  }

  private List<Token> words(List<Token> tokens) {
    List<Token> words = new ArrayList<>();
    List<Token> word = new ArrayList<>();
    for (Token token : tokens) {
      if (!token.continues() && !word.isEmpty()) {
        words.add(word(word));
        word = new ArrayList<>();
      }
      word.add(token);
    }
    if (!word.isEmpty()) words.add(word(word));
    return words;
  }

  private Token word(List<Token> tokens) {
    double[] scores =
        switch (merge) {
          case FIRST -> tokens.get(0).scores();
          case MAX ->
              tokens.stream()
                  .reduce((a, b) -> b.score() > a.score() ? b : a)
                  .orElseThrow()
                  .scores();
          case AVERAGE ->
              IntStream.range(0, labels.size())
                  .mapToDouble(
                      c -> tokens.stream().mapToDouble(t -> t.scores()[c]).average().orElseThrow())
                  .toArray();
          case NONE, SIMPLE -> throw new IllegalStateException(merge + " knows no words");
        };
    return new Token(tokens.get(0).start(), tokens.get(tokens.size() - 1).end(), false, scores);
  }
}
