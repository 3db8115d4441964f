package dev.heed.decode;

import java.util.List;

/** One input in the midst of a search. */
sealed interface SearchRow permits BeamSearch.Row, GreedySearch.Row, SampleSearch.Row {
  /** How many of the best next tokens must be seen of each hypothesis for the next step. */
  int width();

  /** Takes one step; this row's hypotheses stand from {@code first} on in {@code next}. */
  void advance(NextTokens next, int first);

  boolean done();

  /** The newest token of a hypothesis of this step. */
  int token(int hypothesis);

  /** Which hypothesis of the step before it extends. */
  int parent(int hypothesis);

  /** The context of a hypothesis and what it has generated. */
  int[] said(int hypothesis);

  /** Best first. */
  List<Hypothesis> result();
}
