package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
  @TempDir private Path dir;

  @Test
  void whatIsExportedAnswersTheSame() throws IOException {
    Path model = TinyEncoder.save(dir.resolve("model"), "BertForSequenceClassification");
    Path out = dir.resolve("out");
    assertEquals(
        0, Shell.run("export", "--model", model, "--out", out, "--max-shard-size", "2KB").code());
    assertTrue(Files.exists(out.resolve("model.safetensors.index.json")));
    String settings = Files.readString(out.resolve("tokenizer_config.json"));
    assertTrue(settings.contains("\"mask_token\": \"[MASK]\""), settings);
    String text = "a small dog";
    assertEquals(
        Shell.pipe(text, "classify", "--model", model).lines(),
        Shell.pipe(text, "classify", "--model", out).lines());
    assertTrue(
        Shell.run("export", "--model", model, "--out", out).failure(1).contains("holds a model"));
  }

  @Test
  void wrongSizesAreWrongUsage() {
    for (String size : new String[] {"0", "5XB", "-1", "GB"})
      assertTrue(
          Shell.run("export", "--model", "x", "--out", dir, "--max-shard-size", size)
              .failure(2)
              .contains("is no size such as 5GB"));
  }

  @Test
  void whatIsNoAdapterIsNamed() {
    Path model = TinyEncoder.save(dir.resolve("model"), "BertModel");
    assertTrue(
        Shell.run("merge", "--model", model, "--adapter", model, "--out", dir.resolve("out"))
            .failure(1)
            .contains("adapter_config.json"));
  }
}
