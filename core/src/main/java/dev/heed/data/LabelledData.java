package dev.heed.data;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Texts with labels, and how they become batches. */
public record LabelledData(
    @Doc("folder that the names below are relative to") String dir,
    @Doc(
            "`tsv`, `jsonl`, or `conll`: a word a line, sentences apart by empty lines; all may be gzip")
        Format format,
    @Doc("the text: column from 1 (`tsv`, `conll`) or field (`jsonl`)") String text,
    @Doc("the label, likewise; the last column of `conll` is -1") String label,
    @Doc("whether the first line (`tsv`) names the columns") boolean header,
    @Doc("training file") String train,
    @Doc("validation file") String valid,
    @Doc("longest text in tokens; what is beyond it is cut off") int maxLength,
    @Doc("most tokens of a batch, padding included") int batchTokens) {

  /** How texts are stored. */
  public enum Format {
    TSV,
    JSONL,
    CONLL
  }

  public static final LabelledData DEFAULT =
      new LabelledData(".", Format.TSV, "1", "2", false, "train.tsv", "dev.tsv", 128, 2048);

  public LabelledData {
    if (maxLength < 3)
      throw new IllegalArgumentException("maxLength must be at least 3, not " + maxLength);
    if (maxLength > batchTokens)
      throw new IllegalArgumentException(
          "batchTokens (%d) must be at least maxLength (%d), or a batch could not hold one text"
              .formatted(batchTokens, maxLength));
  }

  /**
   * @throws UserError if the file is missing or amiss, with its line
   */
  public List<Labelled> trainTexts() {
    return read(train);
  }

  public List<Labelled> validTexts() {
    return read(valid);
  }

  private List<Labelled> read(String name) {
    Path file = Path.of(dir).resolve(name);
    List<Labelled> all =
        switch (format) {
          case TSV -> tsv(file);
          case JSONL -> pairs(new JsonlCorpus(file, text, label));
          case CONLL -> conll(file);
        };
    if (all.isEmpty()) throw new UserError(file + ": no text with a label is in it");
    return all;
  }

  private List<Labelled> tsv(Path file) {
    List<Labelled> all = pairs(new TsvCorpus(file, column("text", text), column("label", label)));
    return header ? all.subList(Math.min(1, all.size()), all.size()) : all;
  }

  private static List<Labelled> pairs(Corpus corpus) {
    List<Labelled> all = new ArrayList<>();
    try (Cursor<Pair> pairs = corpus.iterator()) {
      for (long number = 1; pairs.hasNext(); number++) {
        Pair pair = pairs.next();
        if (pair.source().isBlank()) continue;
        all.add(
            new Labelled(
                List.of(pair.source()), List.of(pair.target().strip()), corpus.where(number)));
      }
    }
    return all;
  }

  private List<Labelled> conll(Path file) {
    List<Labelled> all = new ArrayList<>();
    List<String> words = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    try (Lines lines = Lines.of(file)) {
      int number = 0;
      while (lines.hasNext()) {
        String[] columns = lines.next().strip().split("[ \t]+");
        number++;
        String where = file + ":" + number;
        if (columns[0].isEmpty()) {
          flush(words, labels, where, all);
        } else if (!columns[0].equals("-DOCSTART-")) {
          words.add(at(columns, "text", text, where));
          labels.add(at(columns, "label", label, where));
        }
      }
      flush(words, labels, file + ":" + number, all);
    }
    return all;
  }

  private static void flush(
      List<String> words, List<String> labels, String where, List<Labelled> all) {
    if (!words.isEmpty()) all.add(new Labelled(words, labels, where));
    words.clear();
    labels.clear();
  }

  private static String at(String[] columns, String key, String name, String where) {
    int column = column(key, name);
    int index = column < 0 ? columns.length + column : column - 1;
    if (index < 0 || index >= columns.length)
      throw new UserError(
          "%s: %d column(s), but data.%s is %s".formatted(where, columns.length, key, name));
    return columns[index];
  }

  private static int column(String key, String name) {
    try {
      return Integer.parseInt(name);
    } catch (NumberFormatException e) {
      throw new UserError(
          "data.%s must be a column's number here, not \"%s\"".formatted(key, name), e);
    }
  }
}
