package dev.heed.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.SafeTensors;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A model folder held to numbers that another library wrote beside it.
 *
 * <p>{@code io.safetensors} has the arguments of the Hugging Face class's forward and the fields of
 * its output under their names, a tuple's as {@code name.0}, {@code name.1}, …; gradients of {@code
 * loss} as {@code grad.<weight>}; an output that is called like an input as {@code output.<name>}.
 * {@code generation.json} has settings of {@link GenerationCheck}'s runs, and {@code meta.json}, if
 * there is one, suggests tolerances under {@code suggested_atol}.
 */
public final class ParityCheck {
  private static final Set<String> INPUTS =
      Set.of(
          "input_ids",
          "attention_mask",
          "token_type_ids",
          "decoder_input_ids",
          "decoder_attention_mask",
          "global_attention_mask",
          "labels",
          "next_sentence_label",
          "sentence_order_label",
          "start_positions",
          "end_positions",
          "is_impossible",
          "cls_index",
          "pixel_values",
          "input_features",
          "input_values",
          "perm_mask",
          "target_mapping");

  /** Of outputs whose tolerance nobody suggests, relative to their largest value. */
  private static final double TOLERANCE = 1e-4;

  /**
   * One output compared.
   *
   * @param largest the largest absolute difference; infinite if it was not computed or has another
   *     shape
   * @param note what is to be said of it, mostly nothing
   */
  public record Result(String output, double largest, double tolerance, String note) {
    public boolean passes() {
      return largest <= tolerance;
    }
  }

  private final Path folder;
  private final Checkpoint checkpoint;
  private final ParityRun run;
  private final Map<String, Tensor> file;
  private final JsonNode meta;
  private final List<Result> results = new ArrayList<>();

  private ParityCheck(Path folder, Device device) {
    this.folder = folder;
    this.checkpoint = Checkpoint.load(folder, device);
    this.run = ParityRun.of(checkpoint.model());
    this.file = new LinkedHashMap<>();
    SafeTensors.open(folder.resolve("io.safetensors"))
        .all()
        .forEach((name, tensor) -> file.put(name, tensor.to(device)));
    this.meta = json("meta.json");
  }

  /**
   * Compares every output of a folder.
   *
   * @throws UserError if a file is missing or broken
   */
  public static List<Result> of(Path folder, Device device) {
    try (Scope scope = Scope.open()) {
      ParityCheck check = new ParityCheck(folder, device);
      check.forward();
      check.generation();
      return check.results;
    }
  }

  private void forward() {
    Module model = checkpoint.model();
    model.training(false);
    Map<String, Tensor> in = new LinkedHashMap<>();
    file.forEach(
        (name, tensor) -> {
          if (isInput(name)) in.put(name, tensor);
        });
    ParityRun.Inputs inputs = new ParityRun.Inputs(in, checkpoint.config(), file.keySet());
    Map<String, Tensor> computed = new LinkedHashMap<>();
    Map<String, Integer> counts = new HashMap<>();
    UnaryOperator<Tensor> keeper = Scope.keeper();
    model.watch(
        shown -> {
          String name = run.name(shown) + ".";
          computed.put(
              name + (counts.merge(name, 1, Integer::sum) - 1), keeper.apply(shown.value()));
        });
    try {
      computed.putAll(run.run(inputs));
      run.derive(computed, inputs);
    } finally {
      model.unwatch();
    }
    if (computed.containsKey("loss") && anyGradient()) {
      computed.get("loss").backward();
      Map<String, Tensor> gradients = new LinkedHashMap<>();
      model
          .parameters()
          .forEach((name, weight) -> weight.grad().ifPresent(grad -> gradients.put(name, grad)));
      checkpoint.export(gradients).forEach((name, grad) -> computed.put("grad." + name, grad));
    }
    file.forEach(
        (name, expected) -> {
          if (isInput(name) || name.startsWith("generate.")) return;
          Optional<Tensor> actual =
              Optional.ofNullable(computed.get(name))
                  .or(() -> Optional.ofNullable(computed.get(name.replaceFirst("^output\\.", ""))));
          compare(
              name,
              expected,
              actual,
              name.startsWith("grad.") ? Optional.empty() : run.real(name, inputs));
        });
  }

  private void generation() {
    Map<String, Tensor> in = new LinkedHashMap<>();
    file.forEach(
        (name, tensor) -> {
          String argument = name.replaceFirst("^generate\\.", "");
          if (!argument.equals(name) && isInput(argument)) in.put(argument, tensor);
        });
    GenerationCheck check =
        new GenerationCheck(
            checkpoint.model(), run, new ParityRun.Inputs(in, checkpoint.config(), file.keySet()));
    for (var settings : json("generation.json").properties()) {
      String ids = "generate." + settings.getKey();
      if (!settings.getValue().isObject() || !file.containsKey(ids)) continue;
      String scores = ids + "_scores";
      Optional<Tensor> expected = Optional.ofNullable(file.get(scores));
      GenerationCheck.Outcome outcome = check.compare(settings.getValue(), file.get(ids), expected);
      results.add(new Result(ids, outcome.different(), 0, "ids that differ"));
      expected.ifPresent(
          tensor ->
              results.add(
                  new Result(
                      scores,
                      outcome.scores(),
                      tolerance(scores).orElse(TOLERANCE * Math.max(1, max(tensor))),
                      "")));
    }
  }

  private boolean anyGradient() {
    return file.keySet().stream().anyMatch(name -> name.startsWith("grad."));
  }

  /** Memories without a name of their own as outputs are read only if {@code meta.json} says so. */
  private boolean isInput(String name) {
    return INPUTS.contains(name)
        || name.matches(ReformerRun.ROTATIONS + "\\d+")
        || name.matches("mems\\.\\d+")
            && (file.containsKey("output." + name) || meta.path("inputs").has(name));
  }

  private void compare(
      String name, Tensor expected, Optional<Tensor> actual, Optional<Tensor> real) {
    double size = expected.count() == 0 ? 0 : max(expected);
    double tolerance = tolerance(name).orElse(TOLERANCE * Math.max(1, size));
    String fault =
        actual.isEmpty()
            ? "not computed"
            : !Arrays.equals(actual.get().shape(), expected.shape())
                ? "computed as " + actual.get()
                : "";
    if (!fault.isEmpty()) {
      results.add(new Result(name, Double.POSITIVE_INFINITY, tolerance, fault));
      return;
    }
    try (NoGrad off = NoGrad.on()) {
      Tensor difference = actual.get().to(Dtype.FLOAT64).sub(expected.to(Dtype.FLOAT64));
      results.add(
          new Result(
              name,
              max(real.map(mask -> masked(difference, mask)).orElse(difference)),
              tolerance,
              ""));
    }
  }

  /** 0 where a row (B, L, …) or (B·L, …), or a query of (B, H, L, S), is padding. */
  private static Tensor masked(Tensor difference, Tensor real) {
    if (difference.dims() == 2 && difference.size(0) == real.count())
      return difference.maskedFill(real.reshape(-1, 1).logicalNot(), 0);
    for (int dim = 1; dim <= 2 && dim < difference.dims(); dim++)
      if (difference.size(0) == real.size(0) && difference.size(dim) == real.size(1)) {
        long[] shape = new long[difference.dims()];
        Arrays.fill(shape, 1);
        shape[0] = real.size(0);
        shape[dim] = real.size(1);
        return difference.maskedFill(real.logicalNot().view(shape), 0);
      }
    return difference;
  }

  /** NaN is no small difference. */
  private static double max(Tensor x) {
    double max = x.to(Dtype.FLOAT64).abs().max().item();
    return Double.isNaN(max) ? Double.POSITIVE_INFINITY : max;
  }

  /** {@code hidden_states.3} by {@code hidden_states.N}, a gradient by {@code grad.*}. */
  private Optional<Double> tolerance(String name) {
    String general = name.startsWith("grad.") ? "grad.*" : name.replaceAll("\\.\\d+", ".N");
    JsonNode found = meta.path("suggested_atol").path(general);
    return found.isNumber() ? Optional.of(found.asDouble()) : Optional.empty();
  }

  private JsonNode json(String name) {
    Path path = folder.resolve(name);
    if (!Files.exists(path)) return new ObjectMapper().createObjectNode();
    try {
      return new ObjectMapper().readTree(path.toFile());
    } catch (IOException e) {
      throw FileErrors.unreadable(path, e);
    }
  }
}
