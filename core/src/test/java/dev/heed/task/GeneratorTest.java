package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.Sampling;
import dev.heed.hub.Checkpoint;
import dev.heed.task.Generator.Generated;
import dev.heed.task.Generator.Settings;
import dev.heed.tensor.Device;
import dev.heed.tensor.Randomness;
import dev.heed.text.ChatTemplate.Message;
import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A small GPT-2 with random weights, which says all kinds of bytes. */
@ExtendWith(OneThread.class)
class GeneratorTest {
  private static final List<String> LINES = List.of("the cat sat on the mat", "ein Bär läuft über");
  private static final Prompt PROMPT = new Prompt.Text("the cat");
  private static final int POSITIONS = 24;

  @TempDir static Path folder;

  @BeforeAll
  static void write() throws IOException {
    Tokenizer tokenizer = Tokenizer.of(TokenizerTrainer.of("bpe", 280, 1).train(LINES));
    Randomness.seed(4);
    var config = new ObjectMapper().createObjectNode();
    config.put("vocab_size", tokenizer.size()).put("n_positions", POSITIONS);
    config.put("n_embd", 16).put("n_layer", 1).put("n_head", 2).put("initializer_range", 1.0);
    Checkpoint.create("GPT2LMHeadModel", config).save(folder);
    tokenizer.save(folder);
    Files.writeString(
        folder.resolve("generation_config.json"),
        "{\"eos_token_id\": %d, \"max_new_tokens\": 10}".formatted(tokenizer.eos()));
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"chat_template\": \"{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}\"}");
  }

  private static Generator generator() {
    return Generator.load(folder, Device.CPU);
  }

  private static Settings sampled(Settings from, int samples) {
    DecodeConfig d = from.decode();
    var decode =
        new DecodeConfig(
            1,
            samples,
            d.lengthPenalty(),
            d.alpha(),
            d.maxLength(),
            d.maxRatio(),
            d.maxExtra(),
            0,
            true,
            d.stopBound(),
            true,
            0,
            1,
            new Sampling(true, 5, 0, 1, 0, 1, 3));
    return new Settings(decode, false, from.stop(), from.truncate(), from.rows());
  }

  private static Settings settings(Settings from, DecodeConfig decode, String... stop) {
    return new Settings(decode, false, List.of(stop), from.truncate(), from.rows());
  }

  @Test
  void piecesMakeUpTheTextAndSplitNoCharacter() {
    try (Generator loaded = generator()) {
      for (int i = 0; i < 8; i++) {
        Settings drawn = sampled(loaded.settings(), 1);
        Prompt prompt = new Prompt.Text(LINES.get(1).substring(0, 4 + i));
        List<String> pieces = new ArrayList<>();
        Generated streamed = loaded.with(drawn).stream(prompt, pieces::add);
        assertEquals(streamed.text(), String.join("", pieces));
        for (String piece : pieces.subList(0, Math.max(0, pieces.size() - 1)))
          assertFalse(piece.isEmpty() || piece.endsWith("\uFFFD"), pieces.toString());
        assertEquals(streamed.text(), loaded.with(drawn).generate(prompt).text());
      }
    }
  }

  @Test
  void aBatchSaysWhatEachPromptAloneDoes() {
    List<Prompt> prompts = new ArrayList<>();
    for (int length = 1; length < 8; length++)
      prompts.add(new Prompt.Text("the mat sat on".substring(0, 2 * length)));
    try (Generator loaded = generator()) {
      List<List<Generated>> together = loaded.generate(prompts);
      Generator samples = loaded.with(sampled(loaded.settings(), 2));
      List<List<Generated>> drawn = samples.generate(prompts);
      for (int i = 0; i < prompts.size(); i++) {
        assertArrayEquals(
            together.get(i).get(0).tokens(), loaded.generate(prompts.get(i)).tokens());
        List<Generated> alone = samples.generate(prompts.subList(i, i + 1), i + 1, n -> {}).get(0);
        for (int j = 0; j < 2; j++)
          assertArrayEquals(drawn.get(i).get(j).tokens(), alone.get(j).tokens());
      }
    }
  }

  @Test
  void anOutputEndsBeforeAStopString() {
    try (Generator loaded = generator()) {
      String all = loaded.generate(PROMPT).text();
      assertTrue(all.length() > 4, all);
      String stop = all.substring(2, 4);
      for (int beam : new int[] {1, 2}) {
        var decode = loaded.settings().decode().withBeam(beam, 1);
        Generated one = loaded.with(settings(loaded.settings(), decode, stop)).generate(PROMPT);
        assertFalse(one.text().contains(stop), one.text());
      }
      var greedy = loaded.with(settings(loaded.settings(), loaded.settings().decode(), stop));
      List<String> pieces = new ArrayList<>();
      assertEquals(all.substring(0, all.indexOf(stop)), greedy.stream(PROMPT, pieces::add).text());
      assertEquals(all.substring(0, all.indexOf(stop)), String.join("", pieces));
      assertEquals(Generator.Finish.STOP, greedy.generate(PROMPT).finish());
    }
  }

  @Test
  void longPromptsAreRefusedOrCut() {
    var ids = new int[40];
    for (int i = 0; i < ids.length; i++) ids[i] = 5 + i;
    try (Generator loaded = generator()) {
      var error = assertThrows(UserError.class, () -> loaded.generate(new Prompt.Ids(ids)));
      assertTrue(error.getMessage().startsWith("prompt 1 has 40 tokens"), error.getMessage());
      var s = loaded.settings();
      var cutting = loaded.with(new Settings(s.decode(), false, List.of(), true, 4));
      Generated one = cutting.generate(new Prompt.Ids(ids));
      assertEquals(1, one.tokens().length);
      assertEquals(Generator.Finish.LENGTH, one.finish());
      int[] last = Arrays.copyOfRange(ids, 40 - POSITIONS + 1, 40);
      assertArrayEquals(one.tokens(), loaded.generate(new Prompt.Ids(last)).tokens());
    }
  }

  @Test
  void aConversationIsWrittenByTheTemplate() {
    try (Generator loaded = generator()) {
      var chat = new Prompt.Chat(List.of(new Message("user", "the cat")));
      assertArrayEquals(
          loaded
              .generate(
                  new Prompt.Ids(Tokenizer.load(folder).withoutSpecials().encode("user: the cat")))
              .tokens(),
          loaded.generate(chat).tokens());
    }
  }

  @Test
  void aDraftChangesNothing() {
    List<Prompt> prompts = List.of(PROMPT, new Prompt.Text("the cat sat"));
    try (Generator loaded = generator()) {
      Generator drafting = loaded.drafting(folder, 3);
      for (int i = 0; i < prompts.size(); i++)
        assertArrayEquals(
            loaded.generate(prompts).get(i).get(0).tokens(),
            drafting.generate(prompts).get(i).get(0).tokens());
    }
  }

  @Test
  void whatCannotBeSaidIsNamed() {
    try (Generator loaded = generator()) {
      assertThrows(UserError.class, () -> loaded.generate(new Prompt.Ids(new int[] {100000})));
      var wide =
          loaded.with(settings(loaded.settings(), loaded.settings().decode().withBeam(2, 1)));
      assertThrows(UserError.class, () -> wide.stream(PROMPT, piece -> {}));
    }
  }
}
