package dev.heed.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A child process that is timed. It reads one command a line and answers each with one line of
 * JSON; what it writes on standard error goes to a log. It ends with this object, and at the latest
 * with this process.
 */
public final class Peer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long QUIT_SECONDS = 5;

  private final String name;
  private final Path log;
  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;
  private final Thread hook;

  /**
   * Starts the process.
   *
   * @param name what messages and tables call it
   * @throws UserError if there is no such program
   */
  public Peer(String name, ProcessBuilder builder, Path log) {
    this.name = name;
    this.log = log;
    try {
      process = builder.redirectError(log.toFile()).start();
    } catch (IOException e) {
      throw new UserError(
          "%s could not be started: there is no program %s; give one that exists"
              .formatted(name, builder.command().get(0)),
          e);
    }
    answers = process.inputReader(UTF_8);
    commands = process.outputWriter(UTF_8);
    hook = new Thread(process::destroyForcibly, "heed-bench-" + name);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  String name() {
    return name;
  }

  /**
   * Gives a command and waits for its answer.
   *
   * @throws UserError if the process ends instead, or doesn't answer in JSON
   */
  public JsonNode ask(String command) {
    String line;
    try {
      commands.write(command + "\n");
      commands.flush();
      line = answers.readLine();
    } catch (IOException e) { // a pipe without another end
      throw ended();
    }
    if (line == null) throw ended();
    try {
      JsonNode answer = JSON.readTree(line);
      if (!answer.has("error")) return answer;
      throw new UserError("%s: %s".formatted(name, answer.get("error").asText()));
    } catch (JsonProcessingException e) {
      throw new UserError(
          "%s answered \"%s\" to %s: it must be JSON".formatted(name, line, command), e);
    }
  }

  private UserError ended() {
    try {
      int status = process.waitFor();
      List<String> words = Files.readAllLines(log).stream().filter(l -> !l.isBlank()).toList();
      String last = words.isEmpty() ? "no word" : words.get(words.size() - 1);
      return new UserError(
          "%s ended with status %d (%s): its whole log is %s".formatted(name, status, last, log));
    } catch (IOException e) {
      return FileErrors.unreadable(log, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new UserError("waiting for " + name + " was interrupted", e);
    }
  }

  @Override
  public void close() {
    try (commands) {
      commands.write("quit\n");
      commands.flush();
      process.waitFor(QUIT_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      // it has ended by itself
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
      forget();
    }
  }

  private void forget() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs already, and finds nothing to do.
    }
  }
}
