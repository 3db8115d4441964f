package dev.heed.lab;

import dev.heed.bench.Peer;
import dev.heed.bench.Serve;
import dev.heed.config.UserError;
import dev.heed.tensor.Engine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The process in which a row is measured. Its heap is of one size from the beginning, so that what
 * grows is the engine's memory.
 *
 * <pre>
 * Worker attention THREADS CONTENDER N BATCH D HEADS TRAINING
 * Worker long THREADS TASK CONTENDER N BATCH D HEADS LAYERS SEED
 * </pre>
 */
public final class Worker {
  private static final List<String> HEAP =
      List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC");

  private Worker() {}

  /**
   * Starts one with this process's threads.
   *
   * @param log for what it says on standard error
   * @param words the task, and what follows the threads
   */
  static Peer start(Path log, String task, List<?> words) {
    List<String> command = new ArrayList<>(Serve.java());
    command.addAll(HEAP);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Worker.class.getName()));
    command.addAll(List.of(task, Integer.toString(Engine.threads())));
    words.forEach(word -> command.add(word.toString()));
    return new Peer("the measuring process", new ProcessBuilder(command), log);
  }

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever a library prints is no answer
    Engine.threads(Integer.parseInt(args[1]));
    Serve.Contestant task =
        switch (args[0]) {
          case "attention" ->
              new AttentionCost(
                  Contender.named(args[2]),
                  Integer.parseInt(args[3]),
                  Integer.parseInt(args[4]),
                  Integer.parseInt(args[5]),
                  Integer.parseInt(args[6]),
                  Boolean.parseBoolean(args[7]));
          case "long" ->
              new LongRun(
                  LongTask.valueOf(args[2]),
                  Contender.named(args[3]),
                  Integer.parseInt(args[4]),
                  new LongRun.Sizes(
                      Integer.parseInt(args[5]),
                      Integer.parseInt(args[6]),
                      Integer.parseInt(args[7]),
                      Integer.parseInt(args[8])),
                  Long.parseLong(args[9]));
          default -> throw Serve.Contestant.unknown(args[0]);
        };
    Serve.answer((command, number) -> answered(task, command, number), answers);
  }

  /** What fails is told in a sentence, too. */
  private static Map<String, Object> answered(Serve.Contestant task, String command, int number) {
    try {
      return task.answer(command, number);
    } catch (RuntimeException | OutOfMemoryError e) {
      Map<String, Object> answer = new LinkedHashMap<>();
      String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      answer.put(
          "error", e instanceof UserError ? said : e.getClass().getSimpleName() + ": " + said);
      return answer;
    }
  }
}
