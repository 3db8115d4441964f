package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code classify} of sounds, and {@code transcribe}. */
final class SpeechVerbsTest {
  @TempDir private static Path models;
  private static Path keywords;
  private static Path whisper;
  private static Path ctc;

  @TempDir private Path dir;
  private Path first;
  private Path second;

  @BeforeAll
  static void make() {
    keywords = TinySpeech.keywords(models.resolve("keywords"));
    whisper = TinySpeech.whisper(models.resolve("whisper"));
    ctc = TinySpeech.ctc(models.resolve("ctc"));
  }

  @BeforeEach
  void record() throws IOException {
    first = TinySpeech.wav(dir.resolve("first.wav"), 900, 2000);
    second = TinySpeech.wav(dir.resolve("second.wav"), 3900, 8000);
  }

  private static JsonNode json(String line) throws IOException {
    return new ObjectMapper().readTree(line);
  }

  @Test
  void aClassForEachSound() throws IOException {
    List<String> lines =
        Shell.run("classify", "--model", keywords, "--n-best", 3, first, second).lines();
    assertEquals(2, lines.size());
    for (String line : lines) assertEquals(6, line.split("\t").length, line);
    String names = first + "\n" + second + "\n";
    assertEquals(lines, Shell.pipe(names, "classify", "--model", keywords, "--n-best", 3).lines());
    Path rows =
        Files.writeString(
            dir.resolve("rows.jsonl"), "{\"id\": 7, \"wav\": \"%s\"}\n".formatted(first));
    Object[] fields = {"classify", "--model", keywords, "--fields", "wav", "--json", rows};
    JsonNode told = json(Shell.run(fields).lines().get(0));
    assertEquals(7, told.path("id").asInt());
    assertEquals(lines.get(0).split("\t")[0], told.at("/labels/0/label").asText());
    JsonNode plain =
        json(Shell.run("classify", "--model", keywords, "--json", first).lines().get(0));
    assertEquals(first.toString(), plain.path("file").asText());
  }

  @Test
  void tooLongASoundIsRefusedOrCut() throws IOException {
    Path longer = TinySpeech.wav(dir.resolve("long.wav"), 2500, 2000);
    String refused = Shell.run("classify", "--model", keywords, first, longer).failure(1);
    assertTrue(refused.contains("recording 2 lasts 1.25 s, and the model hears 0.50 s"), refused);
    Shell.Outcome cut =
        Shell.run("classify", "--model", keywords, "--truncate", "--json", first, longer);
    assertTrue(json(cut.lines().get(1)).path("truncated").asBoolean());
    assertTrue(cut.err().contains("1 texts were truncated"), cut.err());
  }

  @Test
  void aTranscriptForEachSound() throws IOException {
    List<String> lines = Shell.run("transcribe", "--model", ctc, first, second).lines();
    assertEquals(2, lines.size());
    for (String line : lines) assertTrue(line.matches("[abc ]*"), line);
    JsonNode told = json(Shell.run("transcribe", "--model", ctc, "--json", first).lines().get(0));
    assertEquals(lines.get(0), told.at("/transcript/text").asText());
    assertEquals(first.toString(), told.path("file").asText());
    JsonNode heard =
        json(Shell.run("transcribe", "--model", whisper, "--json", second).lines().get(0));
    assertTrue(heard.at("/transcript/language").asText().matches("en|de"), heard.toString());
    Object[] asked = {"transcribe", "--model", whisper, "--language", "German", "--beam", 2};
    JsonNode german =
        json(
            Shell.pipe(second + "\n", with(asked, "--task", "translate", "--json")).lines().get(0));
    assertEquals("de", german.at("/transcript/language").asText());
  }

  private static Object[] with(Object[] args, Object... more) {
    Object[] all = Arrays.copyOf(args, args.length + more.length);
    System.arraycopy(more, 0, all, args.length, more.length);
    return all;
  }

  @Test
  void whatCannotBeHeardIsOneSentence() throws IOException {
    Path text = Files.writeString(dir.resolve("notes.txt"), "no sound\n");
    byte[] whole = Files.readAllBytes(first);
    Path cut = Files.write(dir.resolve("cut.wav"), Arrays.copyOf(whole, 1000));
    Path empty = TinySpeech.wav(dir.resolve("empty.wav"), 0, 2000);
    fails("notes.txt is no sound that can be read", "classify", keywords, text);
    fails("cut.wav is cut off", "transcribe", ctc, cut);
    fails("empty.wav holds no sound", "transcribe", whisper, empty);
    fails("none.wav: there is no such file", "transcribe", ctc, dir.resolve("none.wav"));
    fails("doesn't turn speech into text", "transcribe", keywords, first);
    fails("doesn't classify sound", "classify", ctc, first);
    fails("there is no model folder", "classify", dir.resolve("none"), first);
    Path encoder = TinyEncoder.save(dir.resolve("encoder"), "BertModel");
    fails("doesn't turn speech into text", "transcribe", encoder, first);
  }

  private static void fails(String sentence, String verb, Path model, Path file) {
    String said = Shell.run(verb, "--model", model, file).failure(1);
    assertTrue(said.contains(sentence), said);
  }

  @Test
  void wrongUsageIsToldAsSuch() {
    String language =
        Shell.run("transcribe", "--model", whisper, "--language", "xx", first).failure(2);
    assertTrue(language.contains("no language \"xx\": the model knows [de, en]"), language);
    String beam = Shell.run("transcribe", "--model", ctc, "--beam", 3, first).failure(2);
    assertTrue(beam.contains("it has no beam"), beam);
    Shell.run("classify", "--model", keywords, "--pairs", first).failure(2);
    Path encoder = TinyEncoder.save(models.resolve("classes"), "BertForSequenceClassification");
    String lines = Shell.run("classify", "--model", encoder, first, second).failure(2);
    assertTrue(lines.contains("one FILE of lines is read, not 2"), lines);
  }
}
