package dev.heed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.hub.SafeTensors;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The cases of a fixture's {@code io.safetensors}, whose tensors are named {@code case/in.x},
 * {@code case/out.y}, {@code case/cot.y} (the cotangent of an output) and {@code case/grad.x} (the
 * gradient of Σ out·cot with respect to an input).
 */
public final class OracleCases {
  private OracleCases() {}

  /** One case: its tensors, under their names without the case's. */
  public record Case(String name, Map<String, Tensor> tensors) {
    public Tensor in(String name) {
      return get("in." + name);
    }

    public Tensor out(String name) {
      return get("out." + name);
    }

    /** The cotangent of an output. */
    public Tensor cot(String name) {
      return get("cot." + name);
    }

    /** The expected gradient of an input. */
    public Tensor grad(String name) {
      return get("grad." + name);
    }

    /** Whether the case has, say, {@code "in.mask"} or {@code "grad.q"}. */
    public boolean has(String kindAndName) {
      return tensors.containsKey(kindAndName);
    }

    /** The names of one kind: {@code "in"}, {@code "out"}, {@code "cot"} or {@code "grad"}. */
    public Set<String> names(String kind) {
      return tensors.keySet().stream()
          .filter(key -> key.startsWith(kind + "."))
          .map(key -> key.substring(kind.length() + 1))
          .collect(Collectors.toCollection(TreeSet::new));
    }

    private Tensor get(String key) {
      Tensor tensor = tensors.get(key);
      assertTrue(tensor != null, () -> name + " has no " + key + ", only " + tensors.keySet());
      return tensor;
    }

    @Override
    public String toString() {
      return name; // what a parameterised test is called
    }
  }

  /** The cases of a subject, such as {@code "oracle/attention_sdpa"}, by name. */
  public static List<Case> of(String subject) {
    SafeTensors file = SafeTensors.open(Fixtures.folder(subject).resolve("io.safetensors"));
    Map<String, Map<String, Tensor>> cases = new TreeMap<>();
    file.all()
        .forEach(
            (name, tensor) -> {
              int slash = name.indexOf('/');
              cases
                  .computeIfAbsent(name.substring(0, slash), key -> new LinkedHashMap<>())
                  .put(name.substring(slash + 1), tensor);
            });
    assertFalse(cases.isEmpty(), subject + " has no cases");
    return cases.entrySet().stream().map(e -> new Case(e.getKey(), e.getValue())).toList();
  }

  /**
   * Fails unless the shapes are equal and each difference is at most {@code relativeToLargest}
   * times the largest expected magnitude, plus {@code absolute}; says how large the largest is.
   */
  public static void assertClose(
      String what, Tensor expected, Tensor actual, double relativeToLargest, double absolute) {
    assertArrayEquals(expected.shape(), actual.shape(), what + ": shape");
    double[] wanted = expected.detach().toDoubles();
    double[] got = actual.detach().toDoubles();
    double largest = Arrays.stream(wanted).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    double allowed = relativeToLargest * largest + absolute;
    int worst = -1;
    double difference = allowed;
    for (int i = 0; i < wanted.length; i++) {
      double here = wanted[i] == got[i] ? 0 : Math.abs(wanted[i] - got[i]); // ∞ equals itself
      if (Double.isNaN(wanted[i]) && Double.isNaN(got[i])) here = 0;
      if (!(here <= difference)) { // a NaN on one side only is the worst
        worst = i;
        difference = Double.isNaN(here) ? Double.POSITIVE_INFINITY : here;
      }
    }
    if (worst >= 0)
      assertEquals(
          wanted[worst],
          got[worst],
          "%s: the largest difference is %.3g at element %d of %s, and %.3g is allowed (largest value %.3g)"
              .formatted(what, difference, worst, actual, allowed, largest));
  }
}
