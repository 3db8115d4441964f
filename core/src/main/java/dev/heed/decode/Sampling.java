package dev.heed.decode;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import java.util.ArrayList;
import java.util.List;

/**
 * How to draw the next token: from the model's distribution, changed by these filters one after the
 * other, in this order, as in Hugging Face's {@code generate}.
 *
 * @param sample whether to draw at all
 * @param temperature see {@link Temperature}; 1 leaves the distribution alone
 * @param topK see {@link TopK}; 0 keeps all
 * @param topP see {@link TopP}; 1 keeps all
 * @param minP see {@link MinP}; 0 keeps all
 * @param typicalP see {@link Typical}; 1 keeps all
 * @param seed the same seed draws the same tokens for the same input
 */
public record Sampling(
    @Doc("draw tokens instead of taking the most probable") boolean sample,
    @Doc("below 1 sharpens the distribution, above 1 flattens it") double temperature,
    @Doc("keep this many most probable tokens; 0 keeps all") int topK,
    @Doc("keep the most probable tokens that make up this probability; 1 keeps all") double topP,
    @Doc("keep tokens at least this fraction as probable as the most probable; 0 keeps all")
        double minP,
    @Doc("keep the tokens nearest to the expected surprise that make up this probability; 1 is all")
        double typicalP,
    @Doc("of the numbers drawn") long seed) {
  public static final Sampling OFF = new Sampling(false, 1, 0, 1, 0, 1, 0);

  /**
   * @throws UserError if a value is outside its range
   */
  public Sampling {
    require(
        temperature > 0 && temperature < 1e6,
        "temperature must be above 0, not " + temperature + ": to search greedily, draw nothing");
    require(topK >= 0, "topK must be 0 (all) or more, not " + topK);
    require(topP > 0 && topP <= 1, "topP must be above 0 and at most 1, not " + topP);
    require(minP >= 0 && minP <= 1, "minP must be from 0 to 1, not " + minP);
    require(
        typicalP > 0 && typicalP <= 1, "typicalP must be above 0 and at most 1, not " + typicalP);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) throw new UserError(otherwise);
  }

  /** The distribution to draw from: candidates filtered. */
  Candidates filtered(Candidates all) {
    Candidates left = all;
    for (Filter filter : filters()) left = filter.apply(left);
    return left;
  }

  private List<Filter> filters() {
    List<Filter> filters = new ArrayList<>();
    if (temperature != 1) filters.add(new Temperature(temperature));
    if (topK > 0) filters.add(new TopK(topK));
    if (topP < 1) filters.add(new TopP(topP));
    if (minP > 0) filters.add(new MinP(minP));
    if (typicalP < 1) filters.add(new Typical(typicalP));
    return filters;
  }
}
