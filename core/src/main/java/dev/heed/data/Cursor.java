package dev.heed.data;

import java.util.Iterator;

/**
 * An iterator that may hold a file or a thread. At its end it has let go by itself; whoever stops
 * before, for an exception or otherwise, closes it.
 */
public interface Cursor<T> extends Iterator<T>, AutoCloseable {
  @Override
  void close();

  /** An iterator as a cursor; closing closes it too if it is a cursor itself. */
  static <T> Cursor<T> of(Iterator<T> iterator) {
    if (iterator instanceof Cursor<T> cursor) return cursor;
    return new Cursor<>() {
      @Override
      public boolean hasNext() {
        return iterator.hasNext();
      }

      @Override
      public T next() {
        return iterator.next();
      }

      @Override
      public void close() {}
    };
  }
}
