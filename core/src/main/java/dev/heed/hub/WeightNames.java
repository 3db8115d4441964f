package dev.heed.hub;

import dev.heed.config.UserError;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table between a model's own parameter names and Hugging Face's. {@code *} stands for a layer's
 * number, and braces for parts that the model holds as one, stacked on the first dimension:
 *
 * <pre>encoder.*.self.qkv.weight = model.encoder.layers.*.self_attn.{q,k,v}_proj.weight</pre>
 */
final class WeightNames {
  private static final Pattern PARTS = Pattern.compile("\\{(.*)}");

  private record Rule(Pattern ours, List<String> theirs) {}

  private final List<Rule> rules = new ArrayList<>();

  /**
   * @param table lines of {@code ours = theirs}
   */
  WeightNames(String table) {
    table
        .lines()
        .filter(line -> !line.isBlank())
        .forEach(
            line -> {
              String[] sides = line.split("=");
              String ours = Pattern.quote(sides[0].strip()).replace("*", "\\E(\\d+)\\Q");
              rules.add(new Rule(Pattern.compile(ours), parts(sides[1].strip())));
            });
  }

  private static List<String> parts(String theirs) {
    Matcher braces = PARTS.matcher(theirs);
    if (!braces.find()) return List.of(theirs);
    return Arrays.stream(braces.group(1).split(","))
        .map(part -> theirs.replace(braces.group(), part))
        .toList();
  }

  /** The names under which one parameter of ours is stored. */
  List<String> theirs(String ours) {
    for (Rule rule : rules) {
      Matcher match = rule.ours().matcher(ours);
      if (match.matches())
        return rule.theirs().stream()
            .map(name -> match.groupCount() > 0 ? name.replace("*", match.group(1)) : name)
            .toList();
    }
    throw new IllegalStateException("no Hugging Face name for " + ours);
  }

  /** Our parameters under their names, sharing memory. */
  Map<String, Tensor> export(Map<String, Tensor> parameters) {
    Map<String, Tensor> exported = new LinkedHashMap<>();
    parameters.forEach(
        (ours, tensor) -> {
          List<String> names = theirs(ours);
          long rows = tensor.size(0) / names.size();
          for (int i = 0; i < names.size(); i++)
            exported.put(names.get(i), tensor.detach().narrow(0, i * rows, rows));
        });
    return exported;
  }

  /**
   * Fills our parameters from a file, in which names in {@code ignored} may stand too.
   *
   * @throws UserError naming every weight that is missing, surplus or misshaped
   */
  void load(SafeTensors file, Map<String, Tensor> parameters, List<String> ignored) {
    List<String> faults = new ArrayList<>();
    List<String> surplus = new ArrayList<>(file.names());
    surplus.removeAll(ignored);
    Map<String, Tensor> targets = export(parameters);
    targets.forEach(
        (name, target) -> {
          if (!surplus.remove(name)) faults.add("missing " + name);
          else if (!Arrays.equals(file.shape(name), target.shape()))
            faults.add(
                "%s is %s, not %s"
                    .formatted(
                        name, Arrays.toString(file.shape(name)), Arrays.toString(target.shape())));
        });
    surplus.forEach(name -> faults.add("unknown " + name));
    if (!faults.isEmpty())
      throw new UserError("the weights do not fit config.json: " + String.join("; ", faults));
    try (NoGrad off = NoGrad.on()) {
      targets.forEach((name, target) -> target.copy_(file.tensor(name)));
    }
  }
}
