package dev.heed.data;

import dev.heed.config.UserError;
import java.nio.file.Path;
import java.util.NoSuchElementException;

/**
 * Two text files of which line <i>n</i> of one is the translation of line <i>n</i> of the other:
 * UTF-8, plain or gzip. {@code train.en} is also found as {@code train.en.gz}.
 */
public final class LineCorpus implements Corpus {
  private final Path source;
  private final Path target;

  /**
   * @throws UserError if a file is missing
   */
  public LineCorpus(Path source, Path target) {
    this.source = Lines.locate(source);
    this.target = Lines.locate(target);
  }

  @Override
  public String name() {
    return source + " + " + target;
  }

  @Override
  public String where(long number) {
    return source + ":" + number;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Files of unequal length are reported when the shorter one ends.
   */
  @Override
  public Cursor<Pair> iterator() {
    Lines sources = new Lines(source);
    Lines targets = new Lines(target);
    return new Cursor<>() {
      @Override
      public boolean hasNext() {
        boolean more = sources.hasNext();
        if (more != targets.hasNext()) throw unaligned(sources, targets);
        if (!more && sources.number() == 0)
          throw new UserError(
              "%s and %s: the files are empty; a corpus needs at least one line"
                  .formatted(source, target));
        return more;
      }

      @Override
      public Pair next() {
        if (!hasNext()) throw new NoSuchElementException();
        return new Pair(sources.next(), targets.next());
      }

      @Override
      public void close() {
        sources.close();
        targets.close();
      }
    };
  }

  private UserError unaligned(Lines sources, Lines targets) {
    long s = sources.countAll();
    long t = targets.countAll();
    return new UserError(
        "%s has %d lines but %s has %d: line %d of %s is missing; align the two files line by line"
            .formatted(source, s, target, t, Math.min(s, t) + 1, s < t ? source : target));
  }
}
