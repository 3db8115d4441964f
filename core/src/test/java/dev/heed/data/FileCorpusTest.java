package dev.heed.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.UserError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class FileCorpusTest {
  @TempDir Path folder;

  @Test
  void alignedLinesPlainAndGzipToldByContent() throws IOException {
    Path en = write("a.en", "one\ntwo\r\n\nfour");
    write("a.de.gz", gzip("eins\nzwei\n\nvier\n".getBytes(UTF_8)));
    Path unzippedName = write("b.de", gzip("eins\nzwei\n\nvier\n".getBytes(UTF_8)));
    List<Pair> expected =
        List.of(
            new Pair("one", "eins"),
            new Pair("two", "zwei"),
            new Pair("", ""),
            new Pair("four", "vier"));
    var corpus = new LineCorpus(en, folder.resolve("a.de"));
    assertEquals(expected, list(corpus));
    assertEquals(expected, list(corpus), "a second pass");
    assertEquals(expected, list(new LineCorpus(en, unzippedName)));
    assertEquals(en + ":3", corpus.where(3));
    assertTrue(corpus.name().contains("a.de.gz"), corpus.name());
  }

  @Test
  void gzipInSeveralMembersIsReadToTheEnd() throws IOException {
    var both = new ByteArrayOutputStream();
    both.write(gzip("a\tb\n".getBytes(UTF_8)));
    both.write(gzip("c\td\n".getBytes(UTF_8)));
    assertEquals(2, list(new TsvCorpus(write("m.gz", both.toByteArray()), 1, 2)).size());
  }

  @Test
  void linesEndOnlyAtLineFeedsAndAByteOrderMarkIsDropped() throws IOException {
    Path file = write("bom.tsv", "\uFEFFa\u2028b\u0085\tc\rd\u000B\n\uFEFFe\tf\n");
    assertEquals(
        List.of(new Pair("a\u2028b\u0085", "c\rd\u000B"), new Pair("\uFEFFe", "f")),
        list(new TsvCorpus(file, 1, 2)));
  }

  @Test
  void linesLongerThanTheReadBufferAreWhole() throws IOException {
    String longLine = "ä".repeat(200_000);
    Path file = write("long.tsv", "x\ty\n" + longLine + "\tz\nu\tv\n");
    assertEquals(
        List.of(new Pair("x", "y"), new Pair(longLine, "z"), new Pair("u", "v")),
        list(new TsvCorpus(file, 1, 2)));
  }

  @Test
  void columnsByNumberAndFieldsByName() throws IOException {
    Path tsv = write("t.tsv", "1\tHallo\t\"Hi\n2\tJa\t\n");
    assertEquals(
        List.of(new Pair("\"Hi", "Hallo"), new Pair("", "Ja")), list(new TsvCorpus(tsv, 3, 2)));
    Path jsonl =
        write("t.jsonl", "{\"b\": \"d\\n1\", \"n\": [1], \"a\": \"s\\u00e4\", \"c\": 2.5}\n");
    assertEquals(List.of(new Pair("sä", "d\n1")), list(new JsonlCorpus(jsonl, "a", "b")));
    assertEquals(List.of(new Pair("sä", "2.5")), list(new JsonlCorpus(jsonl, "a", "c")));
  }

  @Test
  void missingFilesAndFoldersAreRefusedAtOnce() throws IOException {
    Path here = write("here", "x\n");
    Path gone = folder.resolve("gone.en");
    fails(() -> new LineCorpus(gone, here), "gone.en: no such file", "gone.en.gz");
    fails(() -> new LineCorpus(here, gone), "gone.en: no such file");
    fails(() -> new TsvCorpus(gone, 1, 2), "gone.en");
    fails(() -> new JsonlCorpus(gone, "a", "b"), "gone.en");
    fails(() -> new TsvCorpus(folder, 1, 2), "is a folder");
    fails(() -> new TsvCorpus(here, 0, 2), "no column 0");
  }

  @Test
  void emptyFilesAreRefused() throws IOException {
    Path empty = write("empty", "");
    Path zipped = write("empty.zip", gzip(new byte[0]));
    fails(() -> list(new LineCorpus(empty, zipped)), "empty", "at least one line");
    fails(() -> list(new TsvCorpus(zipped, 1, 2)), "empty.zip", "at least one line");
    fails(() -> list(new JsonlCorpus(empty, "a", "b")), "at least one line");
  }

  @Test
  void unalignedFilesGiveBothCountsAndTheFirstMissingLine() throws IOException {
    Path three = write("three.en", "1\n2\n3\n");
    Path five = write("five.de", "1\n2\n3\n4\n5");
    Path none = write("none", "");
    fails(
        () -> list(new LineCorpus(three, five)),
        "three.en has 3 lines",
        "five.de has 5",
        "line 4 of " + three);
    fails(() -> list(new LineCorpus(five, three)), "has 5 lines", "line 4 of " + three);
    fails(() -> list(new LineCorpus(none, three)), "has 0 lines", "line 1 of " + none);
  }

  @Test
  void malformedUtf8IsReportedWithItsLineAndByte() throws IOException {
    byte[] bytes = "good\tline\nnot goo?\td\n".getBytes(UTF_8);
    bytes[10 + 7] = (byte) 0xE4; // Latin-1 ä
    Path file = write("latin1.tsv", bytes);
    fails(() -> list(new TsvCorpus(file, 1, 2)), file + ":2: byte 8 ", "UTF-8");
    byte[] surrogate = {(byte) 0xED, (byte) 0xA0, (byte) 0x80, '\t', 'x'};
    fails(() -> list(new TsvCorpus(write("s", surrogate), 1, 2)), ":1: byte 1 ");
    byte[] cutOff = {'a', '\t', 'b', (byte) 0xC3};
    fails(() -> list(new TsvCorpus(write("c", cutOff), 1, 2)), ":1: byte 4 ");
  }

  @Test
  void monstrousLinesAreReportedWithTheirNumber() throws IOException {
    Path file = write("big", "a\tb\n" + "x".repeat(Lines.MAX_BYTES + 1) + "\n");
    fails(() -> list(new TsvCorpus(file, 1, 2)), file + ":2: the line is longer than");
    Path most = write("most", "x".repeat(Lines.MAX_BYTES - 2) + "\ty\n");
    assertEquals(1, list(new TsvCorpus(most, 1, 2)).size());
  }

  @Test
  void damagedGzipIsReported() throws IOException {
    byte[] whole = gzip("a\tb\n".repeat(5000).getBytes(UTF_8));
    Path cut = write("cut.gz", Arrays.copyOf(whole, whole.length - 9));
    fails(() -> list(new TsvCorpus(cut, 1, 2)), "cut.gz:", "damaged or cut off");
    Path head = write("head.gz", Arrays.copyOf(whole, 4));
    fails(() -> list(new TsvCorpus(head, 1, 2)), "head.gz:1:", "damaged or cut off");
  }

  @Test
  void brokenRowsAreReportedWithTheirLine() throws IOException {
    Path tsv = write("t", "a\tb\nonly one\n");
    fails(() -> list(new TsvCorpus(tsv, 1, 2)), tsv + ":2: 1 column(s)", "column 2");
    Path missing = write("m", "{\"a\":\"x\",\"b\":\"y\"}\n{\"a\":\"x\"}\n");
    fails(() -> list(new JsonlCorpus(missing, "a", "b")), missing + ":2: no field \"b\"");
    for (String line :
        List.of(
            "{\"a\":\"x\",\"b\":[3]}", "[1]", "", "{\"a\":\"x\"", "{\"a\":\"x\",\"b\":\"y\"} {}")) {
      Path file = write("j", "{\"a\":\"x\",\"b\":\"y\"}\n" + line + "\n");
      fails(() -> list(new JsonlCorpus(file, "a", "b")), file + ":2: ");
    }
  }

  @Test
  void aPassCanBeLeftEarly() throws IOException {
    var corpus = new TsvCorpus(write("e", "a\tb\nc\td\n"), 1, 2);
    Cursor<Pair> pairs = corpus.iterator();
    assertEquals("a", pairs.next().source());
    pairs.close();
    assertFalse(pairs.hasNext());
    assertEquals(2, list(corpus).size());
  }

  private static List<Pair> list(Corpus corpus) {
    List<Pair> all = new ArrayList<>();
    try (var pairs = corpus.iterator()) {
      pairs.forEachRemaining(all::add);
      assertFalse(pairs.hasNext(), "still at the end");
    }
    return all;
  }

  private static void fails(Executable action, String... parts) {
    String message = assertThrows(UserError.class, action).getMessage();
    for (String part : parts) assertTrue(message.contains(part), message);
  }

  private Path write(String name, String text) throws IOException {
    return write(name, text.getBytes(UTF_8));
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }
}
