package dev.heed.data;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A running text or many documents, cut into blocks. */
public record BlockData(
    @Doc("folder that the names below are relative to") String dir,
    @Doc("text file, plain or gzip") String train,
    @Doc("validation file; empty: the last `validShare` of the training file") String valid,
    @Doc("share of the training file that is kept for validation") double validShare,
    @Doc(
            "`running`: one text; `emptyLines`: documents apart by empty lines; `jsonl`: a document a line. No block goes on with another document, but `causal` packs several that don't see each other")
        Documents documents,
    @Doc("the field of `jsonl` that holds the text") String field,
    @Doc("tokens of a block") int context,
    @Doc("blocks of a batch") int batch) {

  /** Where a file's documents end. */
  public enum Documents {
    RUNNING,
    EMPTY_LINES,
    JSONL
  }

  public static final BlockData DEFAULT =
      new BlockData(".", "input.txt", "", 0.1, Documents.RUNNING, "text", 128, 16);

  public BlockData {
    if (context < 2)
      throw new IllegalArgumentException("context must be at least 2, not " + context);
    if (batch < 1) throw new IllegalArgumentException("batch must be at least 1, not " + batch);
    if (!(validShare >= 0 && validShare < 1))
      throw new IllegalArgumentException(
          "validShare must be at least 0 and below 1, not " + validShare);
    if (valid.isEmpty() && validShare == 0)
      throw new IllegalArgumentException("name a file in valid, or give validShare");
  }

  /** The documents to train and to validate on; a running text is one. */
  public record Texts(List<String> train, List<String> valid) {}

  /** Whether the texts are of several documents. */
  public boolean apart() {
    return documents != Documents.RUNNING;
  }

  /**
   * Reads the files.
   *
   * @throws UserError if one is missing, empty or no UTF-8, or has too few documents
   */
  public Texts read() {
    List<String> all = documents(train);
    if (!valid.isEmpty()) return new Texts(all, documents(valid));
    if (!apart()) return halves(all.get(0));
    int cut = (int) (all.size() * (1 - validShare));
    if (cut == 0 || cut == all.size())
      throw new UserError(
          "%s: of %d documents, data.validShare leaves none to train or to validate on: add documents, or name a file in data.valid"
              .formatted(Path.of(dir).resolve(train), all.size()));
    return new Texts(all.subList(0, cut), all.subList(cut, all.size()));
  }

  private Texts halves(String text) {
    int cut = (int) (text.length() * (1 - validShare));
    if (cut > 0 && Character.isHighSurrogate(text.charAt(cut - 1))) cut--;
    return new Texts(List.of(text.substring(0, cut)), List.of(text.substring(cut)));
  }

  private List<String> documents(String name) {
    Path file = Path.of(dir).resolve(name);
    List<String> found =
        switch (documents) {
          case RUNNING -> paragraphs(file, false);
          case EMPTY_LINES -> paragraphs(file, true);
          case JSONL -> fields(file);
        };
    if (found.isEmpty()) throw new UserError(file + ": the file is empty");
    return found;
  }

  /** The lines up to an empty one, or all. */
  private static List<String> paragraphs(Path file, boolean apart) {
    List<String> documents = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    try (Lines lines = Lines.of(file)) {
      while (lines.hasNext()) {
        String line = lines.next();
        if (!apart || !line.isBlank()) text.append(line).append('\n');
        else if (!text.isEmpty()) {
          documents.add(text.toString());
          text.setLength(0);
        }
      }
    }
    if (!text.isEmpty()) documents.add(text.toString());
    return documents;
  }

  private List<String> fields(Path file) {
    List<String> documents = new ArrayList<>();
    try (Cursor<Pair> lines = new JsonlCorpus(file, field, field).iterator()) {
      while (lines.hasNext()) {
        String text = lines.next().source();
        if (!text.isBlank()) documents.add(text);
      }
    }
    return documents;
  }
}
