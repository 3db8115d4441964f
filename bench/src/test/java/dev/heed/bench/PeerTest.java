package dev.heed.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerTest {
  @TempDir Path folder;

  private Peer shell(String script) {
    return new Peer("fake", new ProcessBuilder("sh", "-c", script), folder.resolve("fake.log"));
  }

  private static String message(Runnable work) {
    return assertThrows(UserError.class, work::run).getMessage();
  }

  @Test
  void answersOneCommandWithOneLine() {
    String script = "while read -r a b; do [ $a = quit ] && exit; echo \"{\\\"$a\\\": $b}\"; done";
    try (Peer peer = shell(script)) {
      assertEquals(3, peer.ask("run 3").path("run").asInt());
      assertEquals(4, peer.ask("warmup 4").path("warmup").asInt());
    }
  }

  @Test
  void saysHowItEndedAndWithWhichWords() {
    try (Peer peer = shell("read -r a; echo first >&2; echo last words >&2; exit 3")) {
      String message = message(() -> peer.ask("run"));
      assertTrue(message.startsWith("fake ended with status 3 (last words)"), message);
      assertTrue(message.contains(folder.resolve("fake.log").toString()), message);
    }
  }

  @Test
  void passesOnAnErrorAndRefusesWhatIsNoJson() {
    try (Peer peer =
        shell("read -r a; echo '{\"error\": \"unknown command\"}'; read -r a; echo hello")) {
      assertEquals("fake: unknown command", message(() -> peer.ask("jump")));
      assertTrue(message(() -> peer.ask("run")).contains("\"hello\""));
    }
  }

  @Test
  void endsItsProcess() throws IOException {
    Path alive = folder.resolve("pid");
    try (Peer peer = shell("echo $$ > " + alive + "; trap '' TERM; echo '{}'; exec sleep 600")) {
      peer.ask("run");
    }
    long pid = Long.parseLong(Files.readString(alive).strip());
    assertTrue(
        ProcessHandle.of(pid).map(p -> p.onExit().join()).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void namesAProgramThatIsMissing() {
    var missing = new ProcessBuilder("/nowhere/python");
    assertTrue(
        message(() -> new Peer("fake", missing, folder.resolve("log")))
            .contains("/nowhere/python"));
    assertTrue(
        message(() -> new Python(Path.of("/nowhere/python")).start("p", folder, "train.py"))
            .contains("--peer"));
  }

  @Test
  void roundsAlternate() {
    List<String> said = new ArrayList<>();
    String script =
        "while read -r a; do [ $a = quit ] && exit; n=$((n+1)); echo \"{\\\"seconds\\\": 2, \\\"words\\\": $((n*10))}\"; done";
    try (Peer a = shell(script);
        Peer b = shell(script)) {
      List<Series> series = Contest.run(List.of(a, b), 3, "run", "words", said::add);
      assertEquals(6, said.size());
      assertEquals(
          List.of(5.0, 10.0, 15.0),
          java.util.Arrays.stream(series.get(1).rates("words")).boxed().toList());
      assertEquals(10, series.get(0).medianRate("words"));
    }
  }
}
