package dev.heed.position;

/** A part that tells a model where its tokens stand, and can count from elsewhere than 0. */
public interface Places {
  /** From now on each token stands {@code by} places further on than it is said to. */
  void shift(int by);
}
