package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.Fixtures;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.Waveform;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link KeywordTransformer} against an implementation of its own, in a folder as it is trained.
 */
@ExtendWith(OneThread.class)
final class KeywordTransformerTest {
  private static final String SUBJECT = "kws/keyword_transformer";

  @TempDir private Path dir;

  @Test
  void equalsThePaper() {
    ModelParity.check(SUBJECT);
  }

  @Test
  void aNewModelHasTheFrontEndThatIsStored() {
    try (Scope scope = Scope.open()) {
      Path folder = Fixtures.folder(SUBJECT);
      Map<String, Tensor> stored = Checkpoint.load(folder, Device.CPU).weights();
      ObjectNode config = Checkpoint.config(folder);
      Map<String, Tensor> made = Checkpoint.create("KeywordTransformer", config).weights();
      assertEquals(stored.keySet(), made.keySet());
      made.forEach(
          (name, value) -> {
            if (name.startsWith("speech_features/") && !name.contains("normalizer"))
              assertClose(name, stored.get(name), value, 0, 1e-6);
          });
    }
  }

  @Test
  void isSavedInHuggingFacesLayoutToo() {
    try (Scope scope = Scope.open()) {
      Checkpoint loaded = Checkpoint.load(Fixtures.folder(SUBJECT), Device.CPU);
      loaded.save(dir);
      Checkpoint again = Checkpoint.load(dir, Device.CPU);
      assertEquals(loaded.config(), again.config());
      loaded
          .weights()
          .forEach((name, value) -> assertClose(name, value, again.weights().get(name), 0, 0));
      int samples = again.config().path("desired_samples").asInt();
      int rate = again.config().path("sample_rate").asInt();
      assertEquals(
          Optional.of(new Waveform(rate, false, OptionalInt.of(samples))),
          ((SpeechModel) again.model()).encoder().preprocessor());
    }
  }

  @Test
  void whatItDoesNotComputeIsRefused() throws IOException {
    refused("attention_type\": \"time", "attention_type\": \"freq", "attention_type");
    refused("kws_transformer\"", "svdf\"", "model_name is \"svdf\"");
    refused("\"heads\": 2", "\"heads\": 3", "heads (3) must divide d (16)");
    refused("\"mel_upper_edge_hertz\": 3500.0", "\"mel_upper_edge_hertz\": 9000", "4000.0 Hz");
    copy();
    Files.copy(dir.resolve("kwt.safetensors"), dir.resolve("other.safetensors"));
    assertTrue(refusal().contains("2 files of weights"), refusal());
    copy();
    Files.delete(dir.resolve("labels.txt"));
    assertTrue(refusal().contains("labels.txt"), refusal());
  }

  private void refused(String from, String to, String sentence) throws IOException {
    copy();
    Path flags = dir.resolve("flags.json");
    String text = Files.readString(flags);
    assertTrue(text.contains(from), from);
    Files.writeString(flags, text.replace(from, to));
    assertTrue(refusal().contains(sentence), refusal());
  }

  private String refusal() {
    return assertThrows(UserError.class, () -> Checkpoint.load(dir, Device.CPU)).getMessage();
  }

  private void copy() throws IOException {
    try (Stream<Path> old = Files.list(dir)) {
      for (Path file : old.toList()) Files.delete(file);
    }
    try (Stream<Path> files = Files.list(Fixtures.folder(SUBJECT))) {
      for (Path file : files.toList()) Files.copy(file, dir.resolve(file.getFileName()));
    }
  }
}
