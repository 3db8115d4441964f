package dev.heed.data;

import dev.heed.config.UserError;
import java.nio.file.Path;

/** One pass over a file that holds a pair on every line. */
final class LinePairs implements Cursor<Pair> {
  /** Takes a line apart; {@code where} is its {@code file:line}, for messages. */
  interface Parser {
    Pair parse(String line, String where);
  }

  private final Path file;
  private final Parser parser;
  private final Lines lines;

  LinePairs(Path file, Parser parser) {
    this.file = file;
    this.parser = parser;
    this.lines = new Lines(file);
  }

  @Override
  public boolean hasNext() {
    boolean more = lines.hasNext();
    if (!more && lines.number() == 0)
      throw new UserError(file + ": the file is empty; a corpus needs at least one line");
    return more;
  }

  @Override
  public Pair next() {
    String line = lines.next();
    return parser.parse(line, file + ":" + lines.number());
  }

  @Override
  public void close() {
    lines.close();
  }
}
