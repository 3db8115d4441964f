package dev.heed.inspect;

import dev.heed.model.ConvSeq2Seq;
import dev.heed.model.RecurrentSeq2Seq;
import dev.heed.model.Transformer;
import dev.heed.model.TranslationModel;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where a model's parameters and floating-point operations are, part by part, for one pair of
 * sequences.
 *
 * <p>FLOPs count the matrix products, a multiply-add as 2 (Kaplan et al. 2020, table 1):
 *
 * <pre>
 * linear map             2 · n · in · out              n positions
 * scores and weighted    2 · T · S · D + 2 · T · S · D  T queries, S keys, all heads together
 * sum of one attention   (masked pairs are computed too, so they count)
 * output projection      2 · T · D · V
 * experts                n is the positions that an expert sees if all see as many
 * training step          3 × forward: the backward pass makes two products for each one
 * </pre>
 *
 * <p>Lookups, biases, norms, softmax and nonlinearities are left out: they are linear in D where
 * the products are quadratic.
 *
 * @param sourceLength S, tokens
 * @param targetLength T, tokens
 */
public record Summary(int sourceLength, int targetLength, List<Row> rows) {

  /**
   * One part of the model.
   *
   * @param parameters trainable values that no row above holds
   * @param tiedTo the row above whose values this part uses too
   * @param forwardFlops FLOPs of one pass
   * @param bytes memory that {@code parameters} take
   */
  public record Row(
      String part, long parameters, Optional<String> tiedTo, long forwardFlops, long bytes) {

    /** FLOPs of a forward and backward pass. */
    public long trainingFlops() {
      return 3 * forwardFlops;
    }
  }

  public Summary {
    rows = List.copyOf(rows);
  }

  /**
   * Counts one pair of a source of {@code sourceLength} and a target of {@code targetLength}
   * tokens.
   *
   * @throws IllegalArgumentException if a length is below 1
   */
  public static Summary of(TranslationModel<?> model, int sourceLength, int targetLength) {
    if (sourceLength < 1 || targetLength < 1)
      throw new IllegalArgumentException(
          "lengths must be at least 1, not %d and %d".formatted(sourceLength, targetLength));
    if (model instanceof Transformer transformer)
      return new Summary(
          sourceLength, targetLength, transformer(transformer, sourceLength, targetLength));
    return new Summary(
        sourceLength,
        targetLength,
        model instanceof RecurrentSeq2Seq recurrent
            ? AncestorSummary.recurrent(recurrent, sourceLength, targetLength)
            : AncestorSummary.convolutional((ConvSeq2Seq) model, sourceLength, targetLength));
  }

  private static List<Row> transformer(Transformer model, long s, long t) {
    Transformer.Config c = model.config();
    var parts = new SummaryParts(model);
    parts.add("source embedding", 0, "source.");
    parts.add("target embedding", 0, "target.");
    for (int i = 0; i < c.encoder(); i++) {
      String layer = "encoder." + i + ".";
      parts.add(
          layer + "self-attention",
          parts.products(layer + "self.", s) + attention(s, s, c.d()),
          layer + "self.");
      parts.add(layer + "feed-forward", parts.products(layer + "ffn.", s), layer + "ffn.");
      parts.add(layer + "norms", 0, layer + "residuals.");
    }
    for (int i = 0; i < c.decoder(); i++) {
      String layer = "decoder." + i + ".";
      parts.add(
          layer + "self-attention",
          parts.products(layer + "self.", t) + attention(t, t, c.d()),
          layer + "self.");
      parts.add(
          layer + "cross-attention",
          parts.products(layer + "cross.q.", t)
              + parts.products(layer + "cross.kv.", s)
              + parts.products(layer + "cross.heads.", t)
              + attention(t, s, c.d()),
          layer + "cross.");
      parts.add(layer + "feed-forward", parts.products(layer + "ffn.", t), layer + "ffn.");
      parts.add(layer + "norms", 0, layer + "residuals.");
    }
    if (c.placement().endsWithNorm()) parts.add("last norms", 0, "encoder.norm.", "decoder.norm.");
    if (parts.any("encoder.position."))
      parts.add("positions", 0, "encoder.position.", "decoder.position.");
    parts.add("output projection", 2 * t * model.outputWeight().count(), "output.");
    return parts.rows();
  }

  static long attention(long queries, long keys, long d) {
    return 4 * queries * keys * d;
  }

  /** Trainable values, tied ones once. */
  public long parameters() {
    return total(Row::parameters);
  }

  public long forwardFlops() {
    return total(Row::forwardFlops);
  }

  public long trainingFlops() {
    return total(Row::trainingFlops);
  }

  public long bytes() {
    return total(Row::bytes);
  }

  private long total(Function<Row, Long> column) {
    return rows.stream().mapToLong(column::apply).sum();
  }

  /** The row's part of all parameters, 0 to 1. */
  public double share(Row row) {
    return (double) row.parameters() / parameters();
  }

  /** A table for a terminal, one line a part. */
  public String toText() {
    return SummaryText.of(this);
  }
}
