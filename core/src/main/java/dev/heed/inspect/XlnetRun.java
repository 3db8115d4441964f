package dev.heed.inspect;

import dev.heed.model.TextModel;
import dev.heed.model.Xlnet;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** XLNet, with memories and an order of prediction. */
record XlnetRun(TextModel model, Xlnet xlnet) implements ParityRun {
  private static final Pattern LAYER = Pattern.compile("layer\\.(\\d+)\\.");

  @Override
  public Map<String, Tensor> run(Inputs in) {
    List<Tensor> memories = new ArrayList<>();
    for (int i = 0; in.has("mems." + i); i++) memories.add(in.get("mems." + i).transpose(0, 1));
    Xlnet.Reading reading =
        xlnet.read(
            new Xlnet.Input(
                TextRun.input(in),
                in.find("perm_mask").map(mask -> mask.ne(0)),
                in.find("target_mapping"),
                memories));
    Map<String, Tensor> out = new TextRun(model).answer(reading.vectors(), in);
    for (int i = 0; i < reading.memories().size(); i++)
      out.put("mems." + i, reading.memories().get(i).transpose(0, 1)); // (M, B, D)
    return out;
  }

  /** Each layer's weights in both streams are numbered by themselves. */
  @Override
  public String name(Module.Shown shown) {
    Matcher layer = LAYER.matcher(shown.part());
    return shown.name().equals("two_stream_attentions") && layer.find()
        ? "attentions." + layer.group(1)
        : shown.name();
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    return new TextRun(model).real(output, in);
  }
}
