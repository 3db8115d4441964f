package dev.heed.inspect;

import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.CausalLm;
import dev.heed.model.ExpertLm;
import dev.heed.nn.RouterLoss;
import dev.heed.tensor.Tensor;
import java.util.Map;

/** Decoders alone; each token's label is the next one. */
record CausalRun(CausalLm model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    Tensor ids = in.get("input_ids"); // (B, T)
    Mask real = in.find("attention_mask").map(mask -> Mask.padding(mask.ne(0))).orElse(Mask.NONE);
    if (model instanceof ExpertLm experts && in.expects("aux_loss"))
      return run(experts, ids, real, in);
    Tensor logits = model.logits(model.decode(ids, Pass.whole(ids, real))); // (B, T, V)
    Map<String, Tensor> out = ParityRun.outputs();
    out.put("logits", logits);
    if (in.has("labels")) out.put("loss", loss(logits, in.get("labels")));
    return out;
  }

  /** With the routers' loss, as if {@code output_router_logits} were asked for. */
  private static Map<String, Tensor> run(ExpertLm model, Tensor ids, Mask real, Inputs in) {
    ExpertLm.Routed routed = model.route(ids, Pass.whole(ids, real));
    Tensor logits = model.logits(routed.hidden()); // (B, T, V)
    Tensor balance =
        RouterLoss.balance(
            routed.logits(), model.choices(), in.find("attention_mask").map(mask -> mask.ne(0)));
    Map<String, Tensor> out = ParityRun.outputs();
    out.put("logits", logits);
    out.put("aux_loss", balance);
    if (in.has("labels"))
      out.put("loss", loss(logits, in.get("labels")).add(balance, model.balance()));
    return out;
  }

  static Tensor loss(Tensor logits, Tensor labels) {
    long length = labels.size(1);
    return CrossEntropy.mean(
        logits.narrow(1, 0, length - 1), labels.narrow(1, 1, length - 1).contiguous());
  }
}
