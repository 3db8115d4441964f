package dev.heed.inspect;

import dev.heed.model.Transformer;
import dev.heed.nn.ExpertLayer;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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
  public static Summary of(Transformer model, int sourceLength, int targetLength) {
    if (sourceLength < 1 || targetLength < 1)
      throw new IllegalArgumentException(
          "lengths must be at least 1, not %d and %d".formatted(sourceLength, targetLength));
    Transformer.Config c = model.config();
    long s = sourceLength;
    long t = targetLength;
    var parts = new Parts(model);
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
    return new Summary(sourceLength, targetLength, parts.rows);
  }

  private static long attention(long queries, long keys, long d) {
    return 4 * queries * keys * d;
  }

  /** The rows so far, and which row first held each tensor. */
  private static final class Parts {
    private final Map<String, Module> modules = new HashMap<>();
    private final IdentityHashMap<Tensor, String> holders = new IdentityHashMap<>();
    private final List<Row> rows = new ArrayList<>();

    Parts(Module model) {
      model.visit("", modules::put);
    }

    boolean any(String prefix) {
      return !modules.get(prefix).weights().isEmpty();
    }

    /** FLOPs of every linear map under {@code prefix} at {@code n} positions. */
    long products(String prefix, long n) {
      long[] flops = {0};
      Module whole = modules.get(prefix);
      whole.visit(
          "",
          (name, part) -> {
            if (part instanceof Linear map)
              flops[0] += Math.round(2 * positions(whole, name, n) * map.weight().count());
          });
      return flops[0];
    }

    /** How many of {@code n} positions a part sees: experts share them. */
    private static double positions(Module whole, String name, long n) {
      return whole instanceof ExpertLayer layer && name.startsWith("expert.")
          ? (double) layer.computed((int) n) / layer.size()
          : n;
    }

    void add(String part, long forwardFlops, String... prefixes) {
      long parameters = 0;
      long bytes = 0;
      Optional<String> tiedTo = Optional.empty();
      for (String prefix : prefixes) {
        for (Tensor tensor : modules.get(prefix).weights()) {
          String holder = holders.putIfAbsent(tensor, part);
          if (holder == null) {
            parameters += tensor.count();
            bytes += tensor.count() * tensor.dtype().bytes();
          } else {
            tiedTo = Optional.of(holder);
          }
        }
      }
      rows.add(new Row(part, parameters, tiedTo, forwardFlops, bytes));
    }
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
