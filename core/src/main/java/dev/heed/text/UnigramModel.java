package dev.heed.text;

import static java.lang.Double.NEGATIVE_INFINITY;
import static java.util.Comparator.comparingDouble;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The unigram language model while it is trained; see {@link UnigramTrainer}. */
final class UnigramModel {
  record Piece(String text, double logProbability) {}

  private final List<String> texts;
  private final int characters;
  private final List<UnigramLattice> words = new ArrayList<>();
  private final List<UnigramLattice> pieces = new ArrayList<>();
  private final long[] counts;

  /** Each piece's log probability; minus infinity once it has left the vocabulary. */
  private double[] scores;

  UnigramModel(UnigramSeeds seeds, Map<String, Long> corpus) {
    texts = List.copyOf(seeds.pieces().keySet());
    characters = seeds.characters();
    scores = logProbabilities(seeds.pieces().values());
    var ids = new HashMap<String, Integer>();
    for (String text : texts) ids.put(text, ids.size());
    corpus.keySet().forEach(word -> words.add(UnigramLattice.of(word, ids)));
    texts.forEach(text -> pieces.add(UnigramLattice.of(text, ids)));
    counts = corpus.values().stream().mapToLong(Long::longValue).toArray();
  }

  /** How many pieces are left. */
  int size() {
    return (int) Arrays.stream(scores).filter(score -> score != NEGATIVE_INFINITY).count();
  }

  /**
   * One step of EM, in the Bayesian form that favours few pieces (Liang and Klein 2007): the
   * expected count c of a piece gives it the score ψ(c) − ψ(Σc).
   *
   * @param least a piece expected fewer times leaves the vocabulary, unless it is a character
   * @param size how many pieces to keep even so
   */
  void expectationMaximization(double least, int size) {
    var expected = new double[scores.length];
    for (int i = 0; i < counts.length; i++) words.get(i).addExpected(scores, counts[i], expected);
    int kept = 0;
    double sum = 0;
    for (int id : ranked(expected)) {
      boolean keep = expected[id] >= least || id < characters || kept < size;
      kept += keep ? 1 : 0;
      expected[id] = keep ? Math.max(expected[id], least) : 0;
      sum += expected[id];
    }
    double total = digamma(sum);
    Arrays.setAll(scores, i -> expected[i] > 0 ? digamma(expected[i]) - total : NEGATIVE_INFINITY);
  }

  /**
   * Drops the pieces whose loss costs the corpus the least likelihood: that of spelling each piece
   * in the next best way wherever it is used.
   *
   * @param size how many pieces to keep
   */
  void prune(int size) {
    var used = new double[scores.length];
    for (int i = 0; i < counts.length; i++) {
      for (int id : words.get(i).best(scores, -1)) used[id] += counts[i];
    }
    double total = Arrays.stream(used).sum();
    var loss = new double[scores.length];
    for (int id = characters; id < scores.length; id++) {
      if (used[id] == 0 || scores[id] == NEGATIVE_INFINITY) continue;
      int[] instead = pieces.get(id).best(scores, id);
      double totalInstead = total + used[id] * (instead.length - 1);
      double score = Math.log(used[id] / total);
      for (int other : instead) score -= Math.log((used[other] + used[id]) / totalInstead);
      loss[id] = used[id] * score;
    }
    Arrays.fill(loss, 0, characters, Double.POSITIVE_INFINITY);
    int[] ranked = ranked(loss);
    for (int i = size; i < ranked.length; i++) scores[ranked[i]] = NEGATIVE_INFINITY;
  }

  /** The characters and the most probable other pieces, the most probable first. */
  List<Piece> best(int size) {
    double[] order = scores.clone();
    Arrays.fill(order, 0, characters, Double.POSITIVE_INFINITY);
    return Arrays.stream(ranked(order), 0, size)
        .mapToObj(id -> new Piece(texts.get(id), scores[id]))
        .sorted(comparingDouble(Piece::logProbability).reversed())
        .toList();
  }

  /** The pieces that are left, by descending value; on a tie, in the order of the seeds. */
  private int[] ranked(double[] values) {
    return IntStream.range(0, scores.length)
        .filter(id -> scores[id] != NEGATIVE_INFINITY)
        .boxed()
        .sorted(comparingDouble((Integer id) -> values[id]).reversed())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static double[] logProbabilities(Iterable<Long> weights) {
    var values = new ArrayList<Double>();
    double sum = 0;
    for (long weight : weights) {
      values.add((double) weight);
      sum += weight;
    }
    double total = sum;
    return values.stream().mapToDouble(value -> Math.log(value / total)).toArray();
  }

  /** ψ(x) for x > 0, by recurrence up to 7 and the asymptotic series about x − 1/2. */
  private static double digamma(double x) {
    double result = 0;
    for (; x < 7; x++) result -= 1 / x;
    x -= 0.5;
    double inverse = 1 / (x * x);
    return result
        + Math.log(x)
        + inverse
            * (1.0 / 24
                - inverse * (7.0 / 960 - inverse * (31.0 / 8064 - inverse * 127.0 / 30720)));
  }
}
