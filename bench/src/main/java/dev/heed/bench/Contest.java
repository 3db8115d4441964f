package dev.heed.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Rounds in which peers take turns, A B C A B C …, so that all meet the same machine. */
final class Contest {
  /** Longer than the threads of an idle process spin before they sleep. */
  private static final long PAUSE_MS = 500;

  private Contest() {}

  /**
   * @param command what each peer is told in each round
   * @param unit what its answers count, for the lines that {@code say} is told
   */
  static List<Series> run(
      List<Peer> peers, int rounds, String command, String unit, Consumer<String> say) {
    List<List<JsonNode>> answers = new ArrayList<>();
    for (int i = 0; i < peers.size(); i++) answers.add(new ArrayList<>());
    for (int round = 1; round <= rounds; round++)
      for (int i = 0; i < peers.size(); i++) {
        pause();
        JsonNode answer = peers.get(i).ask(command);
        answers.get(i).add(answer);
        double seconds = answer.path("seconds").asDouble();
        say.accept(
            "round %d of %d, %s: %,.1f s, %,.1f %s/s"
                .formatted(
                    round,
                    rounds,
                    peers.get(i).name(),
                    seconds,
                    answer.path(unit).asDouble() / seconds,
                    unit.replace('_', ' ')));
      }
    List<Series> series = new ArrayList<>();
    for (int i = 0; i < peers.size(); i++)
      series.add(new Series(peers.get(i).name(), answers.get(i)));
    return series;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserError("the benchmark was interrupted", e);
    }
  }
}
