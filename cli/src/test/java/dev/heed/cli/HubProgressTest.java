package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.hub.Hub;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class HubProgressTest {
  @Test
  void withoutATerminalItIsALineATenth() {
    var err = new StringWriter();
    try (var progress = new HubProgress("org/name", new PrintWriter(err))) {
      for (long done = 0; done <= 20_000_000; done += 1_000_000)
        progress.accept(new Hub.Progress("model.safetensors", done, 20_000_000, 2e6));
    }
    List<String> lines = err.toString().lines().toList();
    assertEquals(10, lines.size(), err::toString);
    assertEquals("org/name: 2.0 of 20.0 MB, 2.0 MB/s, 9 s left (model.safetensors)", lines.get(0));
  }
}
