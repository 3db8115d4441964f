package dev.heed.data;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Texts with labels, and how they become batches. */
public record LabelledData(
    @Doc("folder that the names below are relative to") String dir,
    @Doc(
            "`tsv`, `jsonl`, or `conll`: a word a line, sentences apart by empty lines; all may be gzip")
        Format format,
    @Doc("the text: column from 1 (`tsv`, `conll`) or field (`jsonl`)") String text,
    @Doc(
            "the second text, likewise, where a label is about two (`tsv`, `jsonl`); empty: there is none")
        String second,
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
      new LabelledData(".", Format.TSV, "1", "", "2", false, "train.tsv", "dev.tsv", 128, 2048);

  public LabelledData {
    if (format == Format.CONLL && !second.isEmpty())
      throw new IllegalArgumentException("second is for tsv and jsonl: a conll file has no pairs");
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
          case JSONL -> texts(field -> new JsonlCorpus(file, field, label));
          case CONLL -> conll(file);
        };
    if (all.isEmpty()) throw new UserError(file + ": no text with a label is in it");
    return all;
  }

  private List<Labelled> tsv(Path file) {
    int labels = column("label", label);
    List<Labelled> all = texts(column -> new TsvCorpus(file, column("text", column), labels));
    return header ? all.subList(Math.min(1, all.size()), all.size()) : all;
  }

  /**
   * @param named pairs of the text of this name, and the label
   */
  private List<Labelled> texts(Function<String, Corpus> named) {
    Corpus firsts = named.apply(text);
    List<Labelled> all = new ArrayList<>();
    try (Cursor<Pair> pairs = firsts.iterator();
        Cursor<Pair> others = named.apply(second.isEmpty() ? text : second).iterator()) {
      for (long number = 1; pairs.hasNext(); number++) {
        Pair pair = pairs.next();
        String other = others.next().source();
        if (pair.source().isBlank()) continue;
        all.add(
            new Labelled(
                List.of(pair.source()),
                second.isEmpty() ? Optional.empty() : Optional.of(other),
                List.of(pair.target().strip()),
                firsts.where(number)));
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
    if (!words.isEmpty()) all.add(new Labelled(words, Optional.empty(), labels, where));
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
