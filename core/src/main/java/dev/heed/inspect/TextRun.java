package dev.heed.inspect;

import dev.heed.loss.BinaryCrossEntropy;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.BigBird;
import dev.heed.model.Longformer;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.ConditionalSpanHead;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/** Encoders of text, with the losses of their heads. */
record TextRun(TextModel model) implements ParityRun {
  @Override
  public Map<String, Tensor> run(Inputs in) {
    Optional<Tensor> global = in.find("global_attention_mask");
    Tensor hidden =
        global.isPresent() && model.encoder() instanceof Longformer longformer
            ? longformer.encode(input(in), Optional.of(rows(global.get()).ne(0)))
            : model.encode(input(in));
    return answer(hidden, in);
  }

  /** Of several choices for each of B texts, (B, C, T), the rows one by one, (B·C, T). */
  static TextInput input(Inputs in) {
    return new TextInput(
        rows(in.get("input_ids")),
        padding(in).map(TextRun::rows),
        in.find("token_type_ids").map(TextRun::rows));
  }

  private static Optional<Tensor> padding(Inputs in) {
    return in.find("attention_mask").map(ParityRun::tokens);
  }

  private static Tensor rows(Tensor ids) {
    return ids.dims() == 3 ? ids.reshape(-1, ids.size(2)) : ids;
  }

  /** What the heads make of (B, T, D). */
  Map<String, Tensor> answer(Tensor hidden, Inputs in) {
    Map<String, Tensor> out = ParityRun.outputs();
    if (model.has(Task.MASKED_LM)) maskedLm(hidden, in, out);
    else if (model.has(Task.NEXT_SENTENCE)) nextSentence(hidden, in, out, "logits");
    else if (model.has(Task.SEQUENCE)) sequence(hidden, in, out);
    else if (model.has(Task.CHOICE)) choice(hidden, in, out);
    else if (model.has(Task.TOKENS)) tokens(hidden, in, out);
    else if (model.has(Task.SPAN)) span(hidden, in, out);
    else if (model.has(Task.CONDITIONAL_SPAN)) conditionalSpan(hidden, in, out);
    else if (model.has(Task.REPLACED)) replaced(hidden, padding(in), in, out);
    else {
      out.put("last_hidden_state", hidden);
      if (model.has(Task.POOLED)) out.put("pooler_output", model.answer(Task.POOLED, hidden));
    }
    return out;
  }

  @Override
  public Optional<Tensor> real(String output, Inputs in) {
    boolean ofTexts =
        output.equals("loss")
            || output.startsWith("seq")
            || output.startsWith("sop")
            || output.startsWith("pool")
            || model.has(Task.CONDITIONAL_SPAN) && output.matches("(start_top|end_top|cls)_.*");
    boolean scores = model.has(Task.SEQUENCE) || model.has(Task.CHOICE);
    if (ofTexts || scores && output.equals("logits")) return Optional.empty();
    return model.encoder() instanceof BigBird bigBird
        ? padded(bigBird, output, in)
        : ParityRun.super.real(output, in).map(TextRun::rows);
  }

  /** What the layers make of a text has the size to which it was padded, and the last one's not. */
  private static Optional<Tensor> padded(BigBird bigBird, String output, Inputs in) {
    Tensor ids = in.get("input_ids");
    Tensor real = padding(in).orElseGet(() -> ids.ge(0)); // (B, T)
    String last = "hidden_states." + in.config().path("num_hidden_layers").asInt();
    boolean inside = output.startsWith("attentions") || output.startsWith("hidden_states");
    if (!inside || output.equals(last)) return Optional.of(real);
    long missing = bigBird.padded(ids.size(1)) - ids.size(1);
    return Optional.of(real.to(Dtype.INT64).pad(0, missing).ne(0)); // (B, T')
  }

  private void maskedLm(Tensor hidden, Inputs in, Map<String, Tensor> out) {
    Tensor logits = model.answer(Task.MASKED_LM, hidden); // (B, T, V)
    boolean pretraining = model.has(Task.NEXT_SENTENCE);
    out.put(pretraining ? "prediction_logits" : "logits", logits);
    if (in.has("labels")) out.put("loss", CrossEntropy.mean(logits, in.get("labels")));
    if (pretraining) {
      nextSentence(hidden, in, out, "seq_relationship_logits");
      out.put("sop_logits", out.get("seq_relationship_logits")); // as ALBERT calls them
    }
  }

  private void nextSentence(Tensor hidden, Inputs in, Map<String, Tensor> out, String name) {
    Tensor logits = model.answer(Task.NEXT_SENTENCE, hidden); // (B, 2)
    out.put(name, logits);
    Optional<Tensor> labels =
        in.find("next_sentence_label")
            .or(() -> in.find("sentence_order_label"))
            .or(() -> model.has(Task.MASKED_LM) ? Optional.empty() : in.find("labels"));
    labels.ifPresent(
        truth -> out.merge("loss", CrossEntropy.mean(logits, truth), (a, b) -> a.add(b)));
  }

  private void sequence(Tensor hidden, Inputs in, Map<String, Tensor> out) {
    Tensor logits = model.answer(Task.SEQUENCE, hidden); // (B, L)
    out.put("logits", logits);
    if (!in.has("labels")) return;
    Tensor labels = in.get("labels");
    boolean ownLoss =
        in.config().path("model_type").asText().equals("deberta-v2")
            && in.config().path("problem_type").asText("").isEmpty();
    if (ownLoss) deberta(logits, labels, in, out);
    else out.put("loss", loss(logits, labels, in));
  }

  /**
   * Without a kind of problem, DeBERTa gives one number without its dimension, and mixes classes.
   */
  private static void deberta(Tensor logits, Tensor labels, Inputs in, Map<String, Tensor> out) {
    boolean shares = logits.size(-1) > 1 && labels.dims() > 1 && labels.size(-1) > 1;
    if (logits.size(-1) == 1) out.put("logits", logits.squeeze(-1)); // (B)
    out.put(
        "loss",
        shares
            ? logits.logSoftmax(-1).mul(labels.to(logits.dtype())).sum(-1).mean().mul(-1)
            : loss(logits, labels, in));
  }

  /** As Hugging Face has it: classes that exclude each other, or don't, or one number. */
  static Tensor loss(Tensor logits, Tensor labels, ParityRun.Inputs in) {
    String kind = in.config().path("problem_type").asText("");
    if (kind.equals("multi_label_classification")
        || kind.isEmpty() && labels.dtype().floating() && logits.size(-1) > 1)
      return BinaryCrossEntropy.mean(logits, labels.to(logits.dtype()));
    if (kind.equals("regression") || kind.isEmpty() && logits.size(-1) == 1) {
      Tensor error = logits.reshape(-1).sub(labels.reshape(-1).to(logits.dtype()));
      return error.mul(error).mean();
    }
    return CrossEntropy.mean(logits, labels);
  }

  private void choice(Tensor hidden, Inputs in, Map<String, Tensor> out) {
    long choices = in.get("input_ids").size(1);
    Tensor logits = model.answer(Task.CHOICE, hidden).reshape(-1, choices); // (B, C)
    out.put("logits", logits);
    if (in.has("labels")) out.put("loss", CrossEntropy.mean(logits, in.get("labels")));
  }

  private void tokens(Tensor hidden, Inputs in, Map<String, Tensor> out) {
    Tensor logits = model.answer(Task.TOKENS, hidden); // (B, T, L)
    out.put("logits", logits);
    if (in.has("labels")) out.put("loss", CrossEntropy.mean(logits, in.get("labels")));
  }

  private void span(Tensor hidden, Inputs in, Map<String, Tensor> out) {
    Tensor scores = model.answer(Task.SPAN, hidden); // (B, T, 2)
    Tensor logits =
        model.encoder() instanceof BigBird bigBird
            ? bigBird.outsideQuestion(scores, input(in))
            : scores;
    Tensor start = logits.select(2, 0); // (B, T)
    Tensor end = logits.select(2, 1); // (B, T)
    out.put("start_logits", start);
    out.put("end_logits", end);
    if (!in.has("start_positions")) return;
    Tensor starts = within(in.get("start_positions"), start.size(1));
    Tensor ends = within(in.get("end_positions"), start.size(1));
    out.put("loss", CrossEntropy.mean(start, starts).add(CrossEntropy.mean(end, ends)).mul(0.5));
  }

  /** With the true places a loss alone, without them a search. */
  private void conditionalSpan(Tensor hidden, Inputs in, Map<String, Tensor> out) {
    var head = (ConditionalSpanHead) model.head(Task.CONDITIONAL_SPAN);
    Tensor texts =
        in.find("cls_index")
            .map(places -> ConditionalSpanHead.at(hidden, places.unsqueeze(1)).squeeze(1))
            .orElseGet(() -> hidden.select(1, hidden.size(1) - 1)); // (B, D)
    if (!in.has("start_positions")) {
      ConditionalSpanHead.Answers found = head.search(hidden, texts);
      long rows = hidden.size(0);
      out.put("start_top_log_probs", found.starts().values());
      out.put("start_top_index", found.starts().indices());
      out.put("end_top_log_probs", found.ends().values().reshape(rows, -1));
      out.put("end_top_index", found.ends().indices().reshape(rows, -1));
      out.put("cls_logits", found.none());
      return;
    }
    Tensor starts = in.get("start_positions");
    Tensor from = ConditionalSpanHead.at(hidden, starts.unsqueeze(1)); // (B, 1, D)
    Tensor ends = head.ends(hidden, from).squeeze(1); // (B, T)
    Tensor loss =
        CrossEntropy.mean(head.forward(hidden), starts)
            .add(CrossEntropy.mean(ends, in.get("end_positions")))
            .mul(0.5);
    if (in.has("is_impossible") && in.has("cls_index")) {
      Tensor none = head.none(from.squeeze(1), texts); // (B)
      loss = loss.add(BinaryCrossEntropy.mean(none, in.get("is_impossible")), 0.5);
    }
    out.put("loss", loss);
  }

  /** Places beyond the text don't count. */
  private static Tensor within(Tensor places, long length) {
    Tensor flat = places.reshape(-1);
    return flat.maskedFill(flat.ge(length), CrossEntropy.IGNORED);
  }

  private void replaced(Tensor hidden, Optional<Tensor> real, Inputs in, Map<String, Tensor> out) {
    Tensor logits = model.answer(Task.REPLACED, hidden).squeeze(-1); // (B, T)
    out.put("logits", logits);
    if (!in.has("labels")) return;
    Tensor losses = BinaryCrossEntropy.each(logits, in.get("labels").to(logits.dtype())); // (B, T)
    Tensor counts =
        real.map(mask -> mask.to(logits.dtype()))
            .orElseGet(() -> Tensor.full(1, Dtype.FLOAT32, logits.device(), logits.shape()));
    out.put("loss", losses.mul(counts).sum().div(counts.sum()));
  }
}
