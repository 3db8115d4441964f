package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.Sound;
import dev.heed.decode.DecodeConfig;
import dev.heed.task.SpeechRecognizer.Options;
import dev.heed.task.SpeechRecognizer.Task;
import dev.heed.task.SpeechRecognizer.Transcript;
import dev.heed.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@link SpeechRecognizer} against transformers' pipelines, by their text and by their ids. */
@ExtendWith(OneThread.class)
final class SpeechRecognizerTest {
  private static final Path WHISPER = Fixtures.folder("hf/speech_whisper");
  private static final Path CTC = Fixtures.folder("hf/speech_ctc");

  @TempDir private Path dir;

  private static JsonNode cases(Path folder) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("cases.json").toFile());
  }

  private static Sound sound(Path folder, JsonNode one) {
    return Sound.read(folder.resolve(one.path("sound").asText()));
  }

  private static int[] ids(JsonNode one) {
    List<Integer> ids = new ArrayList<>();
    one.path("ids").forEach(id -> ids.add(id.asInt()));
    return ids.stream().mapToInt(id -> id).toArray();
  }

  /** The model with the settings of a case as its own. */
  private SpeechRecognizer whisper(JsonNode generation) throws IOException {
    try (Stream<Path> files = Files.list(WHISPER)) {
      for (Path file : files.toList())
        Files.copy(file, dir.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.writeString(dir.resolve("generation_config.json"), generation.toString());
    return SpeechRecognizer.load(dir, Device.CPU);
  }

  private static Options options(SpeechRecognizer loaded, JsonNode given) {
    DecodeConfig own = loaded.options().decode();
    int beam = given.path("num_beams").asInt(1);
    return new Options(
        own.withBeam(beam, 1),
        Optional.ofNullable(given.path("language").textValue()),
        Optional.ofNullable(given.path("task").textValue())
            .map(name -> Task.valueOf(name.toUpperCase(Locale.ROOT))),
        2);
  }

  @Test
  void whisperSaysWhatTransformersHears() throws IOException {
    int whole = 0;
    for (JsonNode one : cases(WHISPER)) {
      ObjectNode settings = one.path("generation").deepCopy();
      JsonNode given = one.path("given");
      if (given.has("max_new_tokens")) settings.set("max_new_tokens", given.get("max_new_tokens"));
      try (SpeechRecognizer loaded = whisper(settings);
          SpeechRecognizer recognizer = loaded.with(options(loaded, given))) {
        Transcript told = recognizer.transcribe(sound(WHISPER, one));
        assertEquals(one.path("text").asText(), told.text(), given.toString());
        if (one.has("ids")) {
          int end =
              settings.path("eos_token_id").asInt(); // tokens that are no text stand behind it
          int[] words = IntStream.of(ids(one)).filter(id -> id < end).toArray();
          assertArrayEquals(words, told.tokens(), given.toString());
          whole++;
        }
      }
    }
    assertTrue(whole > 0 && whole < cases(WHISPER).size(), "recordings of one window, and of more");
  }

  @Test
  void aBatchSaysWhatEachRecordingAloneDoes() throws IOException {
    List<Sound> sounds = new ArrayList<>();
    for (JsonNode one : cases(WHISPER)) sounds.add(sound(WHISPER, one));
    try (SpeechRecognizer recognizer = SpeechRecognizer.load(WHISPER, Device.CPU)) {
      int[] done = {0};
      List<Transcript> together = recognizer.transcribe(sounds, more -> done[0] += more);
      assertEquals(sounds.size(), done[0]);
      for (int i = 0; i < sounds.size(); i++) {
        assertEquals(recognizer.transcribe(sounds.get(i)).text(), together.get(i).text());
        assertTrue(together.get(i).language().orElseThrow().matches("en|de|ha"));
      }
    }
  }

  @Test
  void ctcReadsWhatTransformersReads() throws IOException {
    List<Sound> sounds = new ArrayList<>();
    for (JsonNode one : cases(CTC)) sounds.add(sound(CTC, one));
    try (SpeechRecognizer recognizer = SpeechRecognizer.load(CTC, Device.CPU)) {
      List<Transcript> told = recognizer.transcribe(sounds, done -> {});
      for (int i = 0; i < told.size(); i++) {
        assertArrayEquals(ids(cases(CTC).get(i)), told.get(i).tokens());
        assertEquals(cases(CTC).get(i).path("text").asText(), told.get(i).text());
      }
    }
  }

  @Test
  void anotherRateIsHeardToo() throws IOException {
    Sound sound = sound(CTC, cases(CTC).get(0));
    try (SpeechRecognizer recognizer = SpeechRecognizer.load(CTC, Device.CPU)) {
      int frames = recognizer.transcribe(sound).tokens().length;
      Sound faster = sound.at(3 * sound.rate());
      assertEquals(frames, recognizer.transcribe(faster).tokens().length);
    }
  }

  @Test
  void whatAModelCannotDoIsOneSentence() throws IOException {
    try (SpeechRecognizer whisper = SpeechRecognizer.load(WHISPER, Device.CPU);
        SpeechRecognizer ctc = SpeechRecognizer.load(CTC, Device.CPU)) {
      refused("no language \"xx\": the model knows [de, en, ha]", whisper, Optional.of("xx"));
      refused("a CTC model", ctc, Optional.of("de"));
      Sound click = new Sound(new float[3], 4000);
      String few = assertThrows(UserError.class, () -> ctc.transcribe(click)).getMessage();
      assertEquals("3 samples are too few for a frame", few);
    }
    var english = new ObjectMapper().createObjectNode().put("is_multilingual", false);
    try (SpeechRecognizer whisper = whisper(english)) {
      refused("English alone", whisper, Optional.of("en"));
    }
    Path other = Fixtures.folder("hf/speech_classes");
    String wrong =
        assertThrows(UserError.class, () -> SpeechRecognizer.load(other, Device.CPU)).getMessage();
    assertTrue(wrong.contains("doesn't turn speech into text"), wrong);
  }

  private static void refused(String sentence, SpeechRecognizer model, Optional<String> language) {
    Options own = model.options();
    Options wanted = new Options(own.decode(), language, own.task(), own.batch());
    String said = assertThrows(UserError.class, () -> model.with(wanted)).getMessage();
    assertTrue(said.contains(sentence), said);
  }

  @Test
  void windowsAreJoinedWhereTheySayTheSame() {
    assertArrayEquals(
        new int[] {1, 2, 3, 4, 5, 6},
        Overlap.join(List.of(new int[] {1, 2, 3, 4}, new int[] {3, 4, 5, 6})));
    assertArrayEquals( // one token alike may be chance
        new int[] {1, 2, 3, 3, 4}, Overlap.join(List.of(new int[] {1, 2, 3}, new int[] {3, 4})));
    assertArrayEquals( // each is trusted far from its end
        new int[] {1, 2, 3, 4, 5, 6, 7},
        Overlap.join(List.of(new int[] {1, 2, 3, 4, 9}, new int[] {8, 3, 4, 5, 6, 7})));
  }
}
