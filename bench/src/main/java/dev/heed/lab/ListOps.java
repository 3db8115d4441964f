package dev.heed.lab;

import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Nested lists of digits to reduce to one digit (Nangia and Bowman 2018, section 3; lengths as in
 * Tay et al. 2021, "Long Range Arena"):
 *
 * <pre>[MAX 4 3 [MIN 2 3 ] 1 0 [MED 1 5 8 9 2 ] ]  →  5</pre>
 *
 * <p>MED is the median, of an even number the mean of the middle two rounded down; SM the sum
 * modulo 10. Answers are drawn first, all as often, and lists until one has that answer.
 */
final class ListOps implements LongTask.Generator {
  private static final int DIGIT = 1; // the id of 0
  private static final int OPERATOR = 11; // the id of the first
  private static final int END = 15;
  private static final int DEEPEST = 10;
  private static final int MOST = 10; // arguments
  private static final int SHORTEST = 8;

  /** In the order of their ids. */
  private enum Operator {
    MIN,
    MAX,
    MED,
    SM;

    int of(int[] arguments) {
      int[] sorted = arguments.clone();
      Arrays.sort(sorted);
      int n = sorted.length;
      return switch (this) {
        case MIN -> sorted[0];
        case MAX -> sorted[n - 1];
        case MED -> (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        case SM -> Arrays.stream(sorted).sum() % 10;
      };
    }
  }

  @Override
  public int vocabulary() {
    return END + 1;
  }

  @Override
  public int classes() {
    return 10;
  }

  @Override
  public boolean perToken() {
    return false;
  }

  @Override
  public LongTask.Example draw(SplittableRandom random, int length) {
    if (length < SHORTEST)
      throw new UserError("lists need at least %d tokens, not %d".formatted(SHORTEST, length));
    int wanted = random.nextInt(10);
    while (true) {
      List<Integer> tokens = new ArrayList<>();
      int answer = list(tokens, random, length, 1);
      if (answer == wanted)
        return new LongTask.Example(
            Arrays.copyOf(tokens.stream().mapToInt(id -> id).toArray(), length),
            new int[] {answer});
    }
  }

  /** Adds a list, of at most so many tokens and not much fewer; gives its value. */
  private static int list(List<Integer> tokens, SplittableRandom random, int budget, int depth) {
    Operator operator = Operator.values()[random.nextInt(Operator.values().length)];
    tokens.add(OPERATOR + operator.ordinal());
    int left = budget - 2; // the operator and the end
    int count = random.nextInt(2, Math.min(MOST, left) + 1);
    int[] arguments = new int[count];
    for (int i = 0; i < count; i++) {
      int after = count - i - 1;
      int share =
          i == count - 1 ? left : 1 + random.nextInt(Math.max(1, 2 * (left - after) / (after + 1)));
      int own = Math.min(share, left - after);
      int before = tokens.size();
      if (own < 4 || depth == DEEPEST) {
        arguments[i] = random.nextInt(10);
        tokens.add(DIGIT + arguments[i]);
      } else {
        arguments[i] = list(tokens, random, own, depth + 1);
      }
      left -= tokens.size() - before;
    }
    tokens.add(END);
    return operator.of(arguments);
  }
}
