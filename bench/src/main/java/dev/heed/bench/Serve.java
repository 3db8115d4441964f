package dev.heed.bench;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.tensor.Engine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Heed as a contestant: a process of its own that speaks the peers' protocol, so that it is
 * started, fed, timed and measured as they are.
 *
 * <pre>
 * Serve train WORK THREADS
 * Serve translate WORK THREADS BEAM MAX_LENGTH
 * Serve embed MODEL THREADS TEXTS
 * Serve generate MODEL THREADS WORK TOKENS
 * Serve load MODEL THREADS
 * </pre>
 */
public final class Serve {
  /** What answers commands. */
  public interface Contestant {
    /**
     * What is written back.
     *
     * @param command its name
     * @param number what follows it; 0 where nothing does
     */
    Map<String, Object> answer(String command, int number);

    static UserError unknown(String command) {
      return new UserError("unknown command " + command);
    }
  }

  private Serve() {}

  /** Starts such a process with this one's Java, options and classes. */
  static Peer start(String task, Work work, int threads, int... options) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of(task, work.folder().toString(), Integer.toString(threads)));
    for (int option : options) words.add(Integer.toString(option));
    return start(work.folder().resolve("heed.log"), words);
  }

  /**
   * The same with the words that follow {@code Serve}.
   *
   * @param log for what it says on standard error
   */
  static Peer start(Path log, List<String> words) {
    List<String> command = new ArrayList<>(java());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Serve.class.getName()));
    command.addAll(words);
    return new Peer("heed", new ProcessBuilder(command), log);
  }

  /** This process's Java and its options. */
  public static List<String> java() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    return command;
  }

  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever a library prints is no answer
    Engine.threads(Integer.parseInt(args[2]));
    Path folder = Path.of(args[1]);
    Contestant contestant =
        switch (args[0]) {
          case "train" -> new Training(new Work(folder));
          case "embed" -> new Embedding(folder, Path.of(args[3]));
          case "generate" ->
              new Generating(folder, new Work(Path.of(args[3])), Integer.parseInt(args[4]));
          case "load" -> new Loading(folder);
          default ->
              new Translating(
                  new Work(folder), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        };
    answer(contestant, answers);
  }

  /** Answers what stands on standard input, until that ends or says {@code quit}. */
  public static void answer(Contestant contestant, PrintStream answers) throws IOException {
    var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine();
        line != null && !line.equals("quit");
        line = commands.readLine()) {
      String[] words = line.split(" ", 2);
      int number = words.length > 1 ? Integer.parseInt(words[1]) : 0;
      answers.println(Configs.toLine(contestant.answer(words[0], number)));
      answers.flush();
    }
  }
}
