package dev.heed.data;

import dev.heed.config.UserError;
import java.nio.file.Path;

/**
 * Two columns of a tab-separated file without quoting (as {@code cut} sees it): UTF-8, plain or
 * gzip. {@code train.tsv} is also found as {@code train.tsv.gz}.
 */
public final class TsvCorpus implements Corpus {
  private final Path file;
  private final int sourceColumn;
  private final int targetColumn;

  /**
   * @param sourceColumn counted from 1, as is {@code targetColumn}
   * @throws UserError if the file is missing or a column is below 1
   */
  public TsvCorpus(Path file, int sourceColumn, int targetColumn) {
    this.file = Lines.locate(file);
    this.sourceColumn = sourceColumn;
    this.targetColumn = targetColumn;
    int least = Math.min(sourceColumn, targetColumn);
    if (least < 1)
      throw new UserError("%s: no column %d; count columns from 1".formatted(file, least));
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public String where(long number) {
    return file + ":" + number;
  }

  @Override
  public Cursor<Pair> iterator() {
    return new LinePairs(file, this::parse);
  }

  private Pair parse(String line, String where) {
    String[] columns = line.split("\t", -1);
    int needed = Math.max(sourceColumn, targetColumn);
    if (columns.length < needed)
      throw new UserError(
          "%s: %d column(s) but column %d is asked for; mend the line or name other columns"
              .formatted(where, columns.length, needed));
    return new Pair(columns[sourceColumn - 1], columns[targetColumn - 1]);
  }
}
