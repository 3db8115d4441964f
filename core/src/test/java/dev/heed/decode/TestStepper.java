package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.model.Stepper;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A stepper whose scores are any function of the row and the whole history, which it gathers from
 * {@code tokens} and {@code parents} alone: a wrong parent or a wrong row gives wrong scores.
 */
final class TestStepper implements Stepper {
  /** Scores of each next token, from the row's first number and what it has been fed. */
  interface Scores {
    double[] next(int row, List<Integer> history);
  }

  private final int beams;
  private final int vocabulary;
  private final Scores scores;
  private List<Integer> rows;
  private List<List<Integer>> histories;
  private boolean stepped;
  final List<Tensor> made = new ArrayList<>();
  final List<Integer> batches = new ArrayList<>();

  TestStepper(int rows, int beams, int vocabulary, Scores scores) {
    this.beams = beams;
    this.vocabulary = vocabulary;
    this.scores = scores;
    this.rows = IntStream.range(0, rows).boxed().toList();
    histories = new ArrayList<>();
    for (int i = 0; i < rows * beams; i++) histories.add(List.of());
  }

  /** Natural logarithms of P(next | previous) = table[previous][next]. */
  static Scores markov(double[][] table) {
    return (row, history) ->
        Arrays.stream(table[history.get(history.size() - 1)]).map(Math::log).toArray();
  }

  /** Scores that depend on the seed of the row and on all that was fed. */
  static Scores random(int vocabulary, long... seeds) {
    return (row, history) -> {
      Random random = new Random(seeds[row] * 1_000_003 + history.hashCode());
      random.nextInt(); // neighbouring seeds begin alike
      return random.doubles(vocabulary, -3, 3).toArray();
    };
  }

  @Override
  public int rows() {
    return rows.size();
  }

  @Override
  public int beams() {
    return beams;
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public Tensor next(int[] tokens, int[] parents) {
    assertEquals(rows.size() * beams, tokens.length);
    assertEquals(tokens.length, parents.length);
    List<List<Integer>> grown = new ArrayList<>();
    double[] logits = new double[tokens.length * vocabulary];
    for (int i = 0; i < tokens.length; i++) {
      assertTrue(parents[i] >= 0 && parents[i] < beams, "parent " + parents[i]);
      List<Integer> history = new ArrayList<>(histories.get(i / beams * beams + parents[i]));
      history.add(tokens[i]);
      grown.add(history);
      double[] next = scores.next(rows.get(i / beams), history);
      System.arraycopy(next, 0, logits, i * vocabulary, vocabulary);
    }
    histories = grown;
    stepped = true;
    batches.add(rows.size());
    made.add(Tensor.of(logits, tokens.length, vocabulary));
    return made.get(made.size() - 1);
  }

  @Override
  public void keep(int[] kept) {
    assertTrue(stepped, "kept twice between two steps");
    assertTrue(kept.length > 0 && kept.length < rows.size(), "nothing to drop, or all");
    Set<Integer> distinct = new HashSet<>();
    List<List<Integer>> left = new ArrayList<>();
    for (int row : kept) {
      assertTrue(distinct.add(row), "row " + row + " kept twice");
      left.addAll(histories.subList(row * beams, (row + 1) * beams));
    }
    rows = Arrays.stream(kept).mapToObj(rows::get).toList();
    histories = left;
    stepped = false;
  }
}
