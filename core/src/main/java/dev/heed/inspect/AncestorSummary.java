package dev.heed.inspect;

import dev.heed.inspect.Summary.Row;
import dev.heed.model.ConvSeq2Seq;
import dev.heed.model.RecurrentSeq2Seq;
import dev.heed.model.TranslationModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** {@link Summary} of the encoder–decoders that were before the Transformer. */
final class AncestorSummary {
  private AncestorSummary() {}

  static List<Row> recurrent(RecurrentSeq2Seq model, long s, long t) {
    var parts = begin(model);
    int layers = model.config().layers();
    for (int i = 0; i < layers; i++) {
      String layer = i + ".";
      List<String> both =
          Stream.of("encoder.forward.", "encoder.backward.")
              .map(side -> side + layer)
              .filter(parts::has)
              .toList();
      parts.add(
          "encoder." + i,
          both.stream().mapToLong(side -> parts.products(side, s)).sum(),
          both.toArray(String[]::new));
    }
    for (int i = 0; i < layers; i++) {
      String layer = "decoder.rnn.layers." + i + ".";
      parts.add("decoder." + i, parts.products(layer, t), layer);
    }
    if (parts.has("decoder.cross.")) {
      long keys = parts.has("decoder.cross.k.") ? parts.products("decoder.cross.k.", s) : 0;
      long queries = parts.has("decoder.cross.q.") ? parts.products("decoder.cross.q.", t) : 0;
      parts.add(
          "attention",
          keys + queries + Summary.attention(t, s, model.config().d()),
          "decoder.cross.");
    }
    if (parts.has("decoder.context."))
      parts.add("context", parts.products("decoder.context.", 1), "decoder.context.");
    if (parts.has("decoder.first."))
      parts.add("first state", parts.products("decoder.first.", 1), "decoder.first.");
    if (parts.has("decoder.out."))
      parts.add("readout", parts.products("decoder.out.", t), "decoder.out.");
    return end(model, parts, t);
  }

  static List<Row> convolutional(ConvSeq2Seq model, long s, long t) {
    var parts = begin(model);
    parts.add("positions", 0, "sourcePositions.", "targetPositions.");
    for (int i = 0; i < model.config().encoder(); i++) {
      String layer = "encoder." + i + ".";
      parts.add(layer + "convolution", parts.products(layer, s), layer);
    }
    for (int i = 0; i < model.config().decoder(); i++) {
      String layer = "decoder." + i + ".";
      parts.add(layer + "convolution", parts.products(layer + "conv.", t), layer + "conv.");
      parts.add(
          layer + "attention",
          parts.products(layer + "cross.", t) + Summary.attention(t, s, model.config().d()),
          layer + "cross.");
    }
    parts.add(
        "maps between embeddings and layers",
        Stream.of("encoderIn.", "encoderOut.").mapToLong(map -> parts.products(map, s)).sum()
            + Stream.of("decoderIn.", "decoderOut.").mapToLong(map -> parts.products(map, t)).sum(),
        "encoderIn.",
        "encoderOut.",
        "decoderIn.",
        "decoderOut.");
    return end(model, parts, t);
  }

  private static SummaryParts begin(TranslationModel<?> model) {
    var parts = new SummaryParts(model.module());
    parts.add("source embedding", 0, "source.");
    parts.add("target embedding", 0, "target.");
    return parts;
  }

  /** The last row, with the bias. */
  private static List<Row> end(TranslationModel<?> model, SummaryParts parts, long t) {
    var tensors = new ArrayList<>(List.of(model.outputWeight()));
    model.outputBias().ifPresent(tensors::add);
    parts.add("output projection", 2 * t * model.outputWeight().count(), tensors);
    return parts.rows();
  }
}
