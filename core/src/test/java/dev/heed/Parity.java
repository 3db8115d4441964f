package dev.heed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleCases.Case;
import dev.heed.nn.Module;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One case of a fixture, computed in one precision: inputs are handed out, weights loaded, outputs
 * taken, and {@link #check} compares all outputs and all gradients that the file has.
 */
public final class Parity {
  /** float64 finds errors of method, float32 those of the kernels that production runs. */
  private static final Map<Dtype, Double> TOLERANCES =
      Map.of(Dtype.FLOAT64, 1e-9, Dtype.FLOAT32, 1e-4);

  private final Case fixture;
  private final Dtype dtype;
  private final Map<String, Tensor> leaves = new LinkedHashMap<>();
  private final Map<String, Supplier<Tensor>> gradients = new LinkedHashMap<>();
  private final Map<String, Tensor> outputs = new LinkedHashMap<>();

  private Parity(Case fixture, Dtype dtype) {
    this.fixture = fixture;
    this.dtype = dtype;
  }

  /** The cases of a subject whose names pass, at least one, in each precision. */
  public static Stream<Parity> of(String subject, Predicate<String> names) {
    List<Parity> all =
        OracleCases.of(subject).stream()
            .filter(c -> names.test(c.name()))
            .flatMap(c -> TOLERANCES.keySet().stream().map(dtype -> new Parity(c, dtype)))
            .toList();
    assertFalse(all.isEmpty(), "no case of " + subject + " to compare with");
    return all.stream();
  }

  public static Stream<Parity> of(String subject) {
    return of(subject, name -> true);
  }

  public String name() {
    return fixture.name();
  }

  public Dtype dtype() {
    return dtype;
  }

  public boolean has(String input) {
    return fixture.has("in." + input);
  }

  /** An input as it stands in the file: a mask or a setting. */
  public Tensor constant(String name) {
    return fixture.in(name);
  }

  public int setting(String name) {
    return (int) constant(name).item();
  }

  /** A floating-point input, which gathers a gradient. */
  public Tensor in(String name) {
    return leaves.computeIfAbsent(
        name,
        key -> {
          Tensor leaf = fixture.in(key).to(dtype).copy().requiresGrad(true);
          gradients.put(key, () -> gradient(key, leaf));
          return leaf;
        });
  }

  /**
   * Sets every parameter of a part.
   *
   * @param names by the parameter's name, the inputs that are stacked in it on dimension 0
   */
  @SuppressWarnings("try") // NoGrad is there to be closed
  public <M extends Module> M load(M part, Map<String, List<String>> names) {
    Map<String, Tensor> parameters = part.parameters();
    assertEquals(parameters.keySet(), names.keySet(), "the parameters and what they are set to");
    Retype.to(dtype, parameters.values());
    parameters.forEach(
        (name, parameter) -> {
          long start = 0;
          for (String input : names.get(name)) {
            long from = start;
            long rows = fixture.in(input).count() * parameter.size(0) / parameter.count();
            // A vector in the file may be a matrix of one row here, such as one head's.
            try (NoGrad off = NoGrad.on()) {
              Tensor slice = parameter.narrow(0, from, rows);
              slice.copy_(fixture.in(input).reshape(slice.shape()));
            }
            gradients.put(input, () -> gradient(input, parameter).narrow(0, from, rows));
            start += rows;
          }
          assertEquals(parameter.size(0), start, name + " is filled");
        });
    return part;
  }

  private static Tensor gradient(String input, Tensor leaf) {
    return leaf.grad().orElseThrow(() -> new AssertionError("no gradient of " + input));
  }

  public Parity out(String name, Tensor actual) {
    outputs.put(name, actual);
    return this;
  }

  /** Compares all that the file expects, and that nothing it expects is left out. */
  public void check() {
    assertEquals(fixture.names("out"), outputs.keySet(), "the outputs of " + this);
    outputs.forEach((name, actual) -> close("out." + name, fixture.out(name), actual));
    if (fixture.names("cot").isEmpty()) return;
    fixture.names("cot").stream()
        .map(name -> outputs.get(name).mul(fixture.cot(name).to(dtype)).sum())
        .reduce(Tensor::add)
        .orElseThrow()
        .backward();
    assertTrue(gradients.keySet().containsAll(fixture.names("grad")), "every gradient is checked");
    for (String name : fixture.names("grad")) {
      Tensor expected = fixture.grad(name);
      close("grad." + name, expected, gradients.get(name).get().reshape(expected.shape()));
    }
  }

  private void close(String what, Tensor expected, Tensor actual) {
    double tolerance = TOLERANCES.get(dtype);
    assertEquals(dtype, actual.dtype(), what);
    // Some gradients are 0 but for rounding, hence the absolute part.
    OracleCases.assertClose(this + " " + what, expected, actual, tolerance, tolerance / 10);
  }

  @Override
  public String toString() {
    return fixture.name() + " " + dtype;
  }
}
