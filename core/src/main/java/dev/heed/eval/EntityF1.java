package dev.heed.eval;

import dev.heed.config.UserError;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * F1 of named entities (Tjong Kim Sang and De Meulder 2003, arXiv:cs/0306050): an entity is right
 * if its sentence, both ends and its type are. Tags are {@code O} or a letter, a hyphen and the
 * type, such as {@code B-PER}.
 */
public final class EntityF1 {
  /** Which tags make an entity. */
  public enum Scheme {
    /**
     * The shared task's own script, which finds an entity in any tags, be they IOB1, IOB2 or BIOES:
     * it begins at a B or S, and at an I or E that no entity of its type reaches; it ends at an E
     * or S, and before any tag that doesn't go on with it.
     */
    CONLLEVAL,
    /** Only a B begins an entity, and an I of the same type goes on with it; other Is are none. */
    IOB2,
    /** B I … I E of one type, or S alone; what isn't whole is no entity. */
    BIOES
  }

  private EntityF1() {}

  /**
   * @param overall counts of all types together
   * @param types counts by type, in the order of their names
   * @param accuracy the share of tags that are equal, in [0, 1]
   */
  public record Score(Overlap overall, Map<String, Overlap> types, double accuracy) {}

  /** An entity of one sentence; both ends are its own tokens. */
  public record Entity(int start, int end, String type) {}

  /**
   * The scores of a corpus.
   *
   * @param predicted the tags of each sentence
   * @param gold the right tags, as many
   * @throws UserError if there are no tags, the numbers differ, or a tag is none
   */
  public static Score corpus(List<List<String>> predicted, List<List<String>> gold, Scheme scheme) {
    if (predicted.size() != gold.size())
      throw new UserError(
          "there are %d tagged sentences, but %d to compare them with: give one for each"
              .formatted(predicted.size(), gold.size()));
    var types = new TreeMap<String, Overlap>();
    long equal = 0;
    long tags = 0;
    for (int s = 0; s < gold.size(); s++) {
      List<String> given = predicted.get(s);
      List<String> wanted = gold.get(s);
      if (given.size() != wanted.size())
        throw new UserError(
            "sentence %d has %d predicted tags, but %d right ones: give a tag for each token"
                .formatted(s + 1, given.size(), wanted.size()));
      for (int i = 0; i < given.size(); i++) if (given.get(i).equals(wanted.get(i))) equal++;
      tags += given.size();
      Set<Entity> found = entities(given, scheme);
      Set<Entity> right = entities(wanted, scheme);
      for (Entity e : found)
        types.merge(e.type, new Overlap(right.contains(e) ? 1 : 0, 1, 0), Overlap::plus);
      for (Entity e : right) types.merge(e.type, new Overlap(0, 0, 1), Overlap::plus);
    }
    if (tags == 0) throw new UserError("there are no tags to score: give at least one sentence");
    Overlap overall = types.values().stream().reduce(Overlap.NOTHING, Overlap::plus);
    return new Score(overall, types, (double) equal / tags);
  }

  /**
   * The entities of one sentence.
   *
   * @throws UserError if a tag is none, or none of the scheme's
   */
  public static Set<Entity> entities(List<String> tags, Scheme scheme) {
    var entities = new HashSet<Entity>();
    int start = -1; // of the entity that is open, if any
    String type = "";
    for (int i = 0; i < tags.size(); i++) {
      char letter = letter(tags.get(i), scheme);
      String here = letter == 'O' ? "" : tags.get(i).substring(2);
      boolean continues = start >= 0 && (letter == 'I' || letter == 'E') && here.equals(type);
      if (start >= 0 && !continues) {
        if (scheme != Scheme.BIOES) entities.add(new Entity(start, i - 1, type));
        start = -1;
      }
      boolean begins = letter == 'B' || letter == 'S';
      if (begins || (scheme == Scheme.CONLLEVAL && letter != 'O' && !continues)) {
        start = i;
        type = here;
      }
      boolean ends = letter == 'S' || letter == 'E';
      if (start >= 0 && ends && scheme != Scheme.IOB2) {
        entities.add(new Entity(start, i, type));
        start = -1;
      }
    }
    if (start >= 0 && scheme != Scheme.BIOES)
      entities.add(new Entity(start, tags.size() - 1, type));
    return entities;
  }

  private static char letter(String tag, Scheme scheme) {
    if (tag.equals("O")) return 'O';
    String letters = scheme == Scheme.IOB2 ? "BI" : "BIES";
    if (tag.length() > 2 && tag.charAt(1) == '-' && letters.indexOf(tag.charAt(0)) >= 0)
      return tag.charAt(0);
    throw new UserError(
        "\"%s\" is no tag of this scheme: write O, or one of %s, a hyphen and a type, such as B-PER"
            .formatted(tag, letters));
  }
}
