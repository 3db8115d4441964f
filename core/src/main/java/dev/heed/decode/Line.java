package dev.heed.decode;

import java.util.Arrays;
import java.util.OptionalInt;

/** A hypothesis to which one token after the other is added, until it ends. */
final class Line {
  private final Start start;
  private final int number;
  private final SpecialTokens special;
  private final DecodeConfig config;
  private final Exclusions exclusions;
  private int[] tokens = {};
  private int[] excluded;
  private double logProbability;
  private OptionalInt end = OptionalInt.empty();
  private boolean done;

  /**
   * @param number among those of its row
   */
  Line(Start start, int number, SpecialTokens special, DecodeConfig config) {
    this.start = start;
    this.number = number;
    this.special = special;
    this.config = config;
    exclusions = new Exclusions(special, config, start.context());
    excluded = exclusions.after(tokens);
  }

  /** In ascending order. */
  int[] excluded() {
    return excluded;
  }

  /** The token that must come next. */
  OptionalInt forced() {
    return special.forced(tokens.length, start.maxLength());
  }

  void add(int token, double logProbability) {
    this.logProbability += logProbability;
    done = true;
    if (special.isEnd(token)) {
      end = OptionalInt.of(token);
      return;
    }
    tokens = Arrays.copyOf(tokens, tokens.length + 1);
    tokens[tokens.length - 1] = token;
    if (start.stop().after(number, tokens) || tokens.length == start.maxLength()) return;
    done = false;
    excluded = exclusions.after(tokens);
  }

  /** Nothing may follow. */
  void giveUp() {
    done = true;
  }

  boolean done() {
    return done;
  }

  int newest() {
    return tokens[tokens.length - 1];
  }

  int[] said() {
    return exclusions.said(tokens);
  }

  Hypothesis result() {
    return Hypothesis.of(tokens, end, logProbability, config);
  }
}
