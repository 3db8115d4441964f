package dev.heed.inspect;

import dev.heed.model.Reformer;
import dev.heed.model.TextModel;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reformer, with the random rotations that its layers hash by, {@code lsh.rotations.<layer>}, where
 * they are given.
 */
record ReformerRun(TextModel model, Reformer reformer) implements ParityRun {
  static final String ROTATIONS = "lsh.rotations.";
  private static final Pattern LAYER = Pattern.compile("layer\\.(\\d+)\\.");
  private static final String ONLY = ".0"; // a layer shows its buckets once

  @Override
  public Map<String, Tensor> run(Inputs in) {
    Map<Integer, Tensor> rotations = new HashMap<>();
    in.tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(ROTATIONS))
                rotations.put(Integer.valueOf(name.substring(ROTATIONS.length())), tensor);
            });
    return new TextRun(model).answer(reformer.encode(TextRun.input(in), rotations), in);
  }

  /** Buckets bear their layer's number. */
  @Override
  public String name(Module.Shown shown) {
    Matcher layer = LAYER.matcher(shown.part());
    return shown.name().equals("buckets") && layer.find()
        ? "lsh.buckets." + layer.group(1)
        : shown.name();
  }

  @Override
  public void derive(Map<String, Tensor> computed, Inputs in) {
    for (String name : List.copyOf(computed.keySet()))
      if (name.startsWith("lsh.buckets."))
        computed.put(name.substring(0, name.length() - ONLY.length()), computed.get(name));
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    return new TextRun(model).real(output, in);
  }
}
