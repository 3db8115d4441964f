package dev.heed.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import dev.heed.lab.LongTask.Example;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LongTaskTest {
  private static final int LENGTH = 576;

  private static List<Example> examples(LongTask task, int count, int length) {
    SplittableRandom random = new SplittableRandom(7);
    return Stream.generate(() -> task.generator().draw(random, length)).limit(count).toList();
  }

  @ParameterizedTest
  @EnumSource(LongTask.class)
  void seedsRepeatAndIdsAndLabelsAreInBounds(LongTask task) {
    List<Example> all = examples(task, 20, LENGTH);
    assertEquals(all, examples(task, 20, LENGTH));
    assertEquals(20, new HashSet<>(all).size());
    for (Example one : all) {
      assertEquals(LENGTH, one.ids().length);
      assertEquals(task.generator().perToken() ? LENGTH : 1, one.labels().length);
      assertTrue(
          Arrays.stream(one.ids()).allMatch(id -> id >= 0 && id < task.generator().vocabulary()));
      assertTrue(
          Arrays.stream(one.labels())
              .allMatch(
                  label ->
                      label == LongTask.IGNORED
                          || (label >= 0 && label < task.generator().classes())));
    }
    assertThrows(UserError.class, () -> task.generator().draw(new SplittableRandom(1), 5));
  }

  @ParameterizedTest
  @EnumSource(LongTask.class)
  void classesAreBalanced(LongTask task) {
    int classes = task.generator().classes();
    int[] counts = new int[classes];
    for (Example one : examples(task, 600, LENGTH))
      for (int label : one.labels()) if (label != LongTask.IGNORED) counts[label]++;
    double expected = Arrays.stream(counts).sum() / (double) classes;
    for (int count : counts)
      assertEquals(expected, count, 6 * Math.sqrt(expected), Arrays.toString(counts));
  }

  @Test
  void listsAreWhatAnotherEvaluationSays() {
    int deepest = 0;
    for (Example one : examples(LongTask.LISTOPS, 300, LENGTH)) {
      int[] ids = Arrays.copyOf(one.ids(), one.length());
      assertEquals(one.labels()[0], value(ids));
      assertTrue(ids.length > LENGTH / 4, ids.length + " tokens");
      deepest = Math.max(deepest, depth(ids));
    }
    assertTrue(deepest > 3, deepest + " deep");
  }

  /** By a stack, from words. */
  private static int value(int[] ids) {
    Deque<List<Integer>> open = new ArrayDeque<>();
    Deque<Integer> operators = new ArrayDeque<>();
    open.push(new ArrayList<>());
    for (int id : ids) {
      if (id >= 11 && id < 15) {
        operators.push(id);
        open.push(new ArrayList<>());
      } else if (id == 15) {
        List<Integer> of = open.pop();
        Collections.sort(of);
        int middle = of.size() / 2;
        int value =
            switch (operators.pop()) {
              case 11 -> Collections.min(of);
              case 12 -> Collections.max(of);
              case 13 ->
                  of.size() % 2 == 1
                      ? of.get(middle)
                      : (int) Math.floor((of.get(middle - 1) + of.get(middle)) / 2.0);
              default -> of.stream().reduce(0, Integer::sum) % 10;
            };
        open.element().add(value);
      } else {
        open.element().add(id - 1);
      }
    }
    assertEquals(List.of(), List.copyOf(operators));
    assertEquals(1, open.element().size());
    return open.element().get(0);
  }

  private static int depth(int[] ids) {
    int depth = 0;
    int most = 0;
    for (int id : ids) {
      if (id >= 11 && id < 15) most = Math.max(most, ++depth);
      if (id == 15) depth--;
    }
    return most;
  }

  @Test
  void copiesAreOfTheFirstSymbols() {
    for (Example one : examples(LongTask.COPY, 50, LENGTH)) {
      int[] first = Arrays.stream(one.ids()).filter(id -> id <= 8).map(id -> id - 1).toArray();
      int[] said = Arrays.stream(one.labels()).filter(label -> label != LongTask.IGNORED).toArray();
      assertEquals(10, said.length);
      assertEquals(Arrays.toString(first), Arrays.toString(said));
    }
  }

  @Test
  void theKeyThatIsAskedStandsOnceBeforeItsValue() {
    for (Example one : examples(LongTask.RECALL, 200, LENGTH)) {
      int[] ids = one.ids();
      int asked = ids[LENGTH - 1];
      List<Integer> values = new ArrayList<>();
      for (int i = 0; i < LENGTH - 2; i++) if (ids[i] == asked) values.add(ids[i + 1] - 2);
      assertEquals(List.of(one.labels()[LENGTH - 1]), values);
    }
  }

  @Test
  void dotsAreConnectedByInkIfTheLabelSaysSo() {
    for (int side : new int[] {24, 32})
      for (Example one : examples(LongTask.PATHFINDER, 100, side * side))
        assertEquals(one.labels()[0] == 1, connected(one.ids(), side), () -> drawn(one, side));
  }

  /** Floods from the first dot over ink at most two pixels away; is all of both dots reached? */
  private static boolean connected(int[] ids, int side) {
    Set<Integer> dots = new HashSet<>();
    for (int i = 0; i < ids.length; i++) if (ids[i] == 3) dots.add(i);
    Deque<Integer> open = new ArrayDeque<>(List.of(dots.iterator().next()));
    Set<Integer> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      int at = open.pop();
      for (int dy = -2; dy <= 2; dy++)
        for (int dx = -2; dx <= 2; dx++) {
          int x = at % side + dx;
          int y = at / side + dy;
          if (x < 0 || y < 0 || x >= side || y >= side) continue;
          if (ids[y * side + x] != 1 && seen.add(y * side + x)) open.push(y * side + x);
        }
    }
    return seen.containsAll(dots);
  }

  private static String drawn(Example one, int side) {
    StringBuilder text = new StringBuilder("label " + one.labels()[0] + "\n");
    for (int i = 0; i < one.ids().length; i++)
      text.append(" .#O".charAt(one.ids()[i])).append(i % side == side - 1 ? "\n" : "");
    return text.toString();
  }
}
