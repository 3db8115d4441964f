package dev.heed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerVerbsTest {
  private static final String TEXT = "a dog\u2028ran\n\nthe  cat sat\r\nthe dog\n";

  @TempDir Path folder;
  private Path text;
  private Path more;

  @BeforeEach
  void files() throws IOException {
    text = Files.writeString(folder.resolve("text"), TEXT);
    more = Shell.zipped(folder.resolve("more.gz"), "the other file has a zebra\n");
  }

  private Path trained(String kind, int vocabulary, Path... files) {
    Path out = folder.resolve(kind + ".json");
    List<Object> args = new ArrayList<>(List.of("tokenizer", "train", "--kind", kind));
    args.addAll(List.of("--vocab", vocabulary, "--min-frequency", 1, "--out", out));
    args.addAll(List.of(files));
    assertEquals(List.of(), Shell.run(args.toArray()).lines());
    return out;
  }

  @Test
  void idsDecodeToTheTextLineByLine() throws IOException {
    Path model = trained("bpe", 270, text, more);
    List<String> ids = Shell.run("tokenizer", "encode", "--model", model, text).lines();
    assertEquals(4, ids.size());
    assertTrue(ids.stream().allMatch(line -> line.matches("\\d+( \\d+)*")), ids.toString());
    assertEquals(ids, Shell.pipe(TEXT, "tokenizer", "encode", "--model", model, "--ids").lines());
    String back = Shell.pipe(String.join("\n", ids), "tokenizer", "decode", "--model", model).out();
    assertEquals("a dog\u2028ran\n\nthe  cat sat\nthe dog\n", back);
    assertEquals("\n\n", Shell.pipe("\n \n", "tokenizer", "decode", "--model", model).out());
  }

  @Test
  void everyFileIsLearnedFrom() {
    Path model = trained("characters", 22, text, more);
    List<String> tokens =
        Shell.pipe("zebra", "tokenizer", "encode", "--model", model, "--tokens").lines();
    assertEquals(List.of("z e b r a </s>"), tokens);
    assertEquals(
        List.of("<unk> e <unk> r a </s>"),
        Shell.pipe(
                "zebra",
                "tokenizer",
                "encode",
                "--tokens",
                "--model",
                trained("characters", 17, text))
            .lines());
  }

  @Test
  void aLineOutForEachLineInEvenIfATokenIsALineEnd() {
    Path model = trained("bpe", 270, text);
    int id = 4; // the specials come first, then the 256 bytes
    while (!Shell.pipe("" + id, "tokenizer", "decode", "--model", model).out().equals(" \n")) id++;
    assertTrue(id < 260);
    assertEquals(
        2, Shell.pipe(id + "\n" + id, "tokenizer", "decode", "--model", model).lines().size());
  }

  @Test
  void mistakesAreOneSentence() {
    Path model = trained("bpe", 262, text);
    String word = Shell.pipe("4 5\n6 x", "tokenizer", "decode", "--model", model).err();
    assertTrue(word.contains("standard input:2: \"x\" is no token id"), word);
    String large = Shell.pipe("262", "tokenizer", "decode", "--model", model).failure(1);
    assertTrue(large.contains("from 0 to 261"), large);
    Shell.run("tokenizer", "encode", "--model", folder.resolve("nothing"), text).failure(1);
    Shell.run("tokenizer", "encode", "--model", model, "--ids", "--tokens", text).failure(2);
    Path out = folder.resolve("out.json");
    Shell.run("tokenizer", "train", "--vocab", 99, "--out", out, folder.resolve("no")).failure(1);
    Shell.run("tokenizer", "train", "--vocab", 5, "--out", out, text).failure(1);
    Shell.run("tokenizer", "train", "--kind", "no", "--vocab", 5, "--out", out, text).failure(2);
    Shell.run("tokenizer", "train", "--out", out, text).failure(2);
    Shell.run("tokenizer").failure(2);
    assertTrue(Files.notExists(out));
  }
}
