package dev.heed.inspect;

import dev.heed.inspect.Summary.Row;
import dev.heed.nn.Convolution;
import dev.heed.nn.ExpertLayer;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.Recurrent;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rows of a {@link Summary} so far, and which row first held each tensor. */
final class SummaryParts {
  private final Map<String, Module> modules = new HashMap<>();
  private final IdentityHashMap<Tensor, String> holders = new IdentityHashMap<>();
  private final List<Row> rows = new ArrayList<>();

  SummaryParts(Module model) {
    model.visit("", modules::put);
  }

  List<Row> rows() {
    return rows;
  }

  /** Whether the model has a part of this dotted prefix. */
  boolean has(String prefix) {
    return modules.containsKey(prefix);
  }

  /** Whether a part has any parameters. */
  boolean any(String prefix) {
    return !modules.get(prefix).weights().isEmpty();
  }

  /** FLOPs of every linear map, recurrence and convolution under {@code prefix} at n positions. */
  long products(String prefix, long n) {
    long[] flops = {0};
    Module whole = modules.get(prefix);
    whole.visit(
        "",
        (name, part) -> {
          if (part instanceof Linear || part instanceof Recurrent || part instanceof Convolution)
            for (Tensor weight : part.weights())
              if (weight.dims() > 1)
                flops[0] += Math.round(2 * positions(whole, name, n) * weight.count());
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
    List<Tensor> tensors = new ArrayList<>();
    for (String prefix : prefixes) tensors.addAll(modules.get(prefix).weights());
    add(part, forwardFlops, tensors);
  }

  void add(String part, long forwardFlops, Collection<Tensor> tensors) {
    long parameters = 0;
    long bytes = 0;
    Optional<String> tiedTo = Optional.empty();
    for (Tensor tensor : tensors) {
      String holder = holders.putIfAbsent(tensor, part);
      if (holder == null) {
        parameters += tensor.count();
        bytes += tensor.count() * tensor.dtype().bytes();
      } else {
        tiedTo = Optional.of(holder);
      }
    }
    rows.add(new Row(part, parameters, tiedTo, forwardFlops, bytes));
  }
}
