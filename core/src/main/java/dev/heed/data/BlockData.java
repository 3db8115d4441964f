package dev.heed.data;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import java.nio.file.Path;

/** A running text, cut into blocks of one length. */
public record BlockData(
    @Doc("folder that the names below are relative to") String dir,
    @Doc("text file, plain or gzip") String train,
    @Doc("validation file; empty: the last `validShare` of the training file") String valid,
    @Doc("share of the training file that is kept for validation") double validShare,
    @Doc("tokens of a block") int context,
    @Doc("blocks of a batch") int batch) {

  public static final BlockData DEFAULT = new BlockData(".", "input.txt", "", 0.1, 128, 16);

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

  /** The texts to train and to validate on. */
  public record Texts(String train, String valid) {}

  /**
   * Reads the files.
   *
   * @throws UserError if one is missing, empty or no UTF-8
   */
  public Texts read() {
    String all = text(train);
    if (!valid.isEmpty()) return new Texts(all, text(valid));
    int cut = (int) (all.length() * (1 - validShare));
    if (cut > 0 && Character.isHighSurrogate(all.charAt(cut - 1))) cut--;
    return new Texts(all.substring(0, cut), all.substring(cut));
  }

  private String text(String name) {
    Path file = Path.of(dir).resolve(name);
    StringBuilder text = new StringBuilder();
    try (Lines lines = Lines.of(file)) {
      while (lines.hasNext()) text.append(lines.next()).append('\n');
    }
    if (text.isEmpty()) throw new UserError(file + ": the file is empty");
    return text.toString();
  }
}
