package dev.heed.model;

import dev.heed.model.TextModel.Task;
import dev.heed.nn.Activation;
import dev.heed.nn.Head;
import dev.heed.nn.Module;
import dev.heed.nn.Pooler;
import dev.heed.nn.SequenceHead;
import dev.heed.nn.TokenHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Hugging Face's classes around one encoder–decoder: writing, by itself, and with a head on what
 * the decoder makes of the source ({@link SourceReader}), which classifies texts or marks spans.
 */
final class Seq2SeqFamily<C extends Record, M extends Module & Seq2Seq> {
  /** Makes a model. */
  interface Factory<C, M> {
    /**
     * Makes one with random weights.
     *
     * @param writes whether it is to score the next token; without, it has no weights for that
     */
    M create(C config, boolean writes);
  }

  /**
   * What heads must know of a config.
   *
   * @param d the model's width D
   * @param start what the decoder begins with; if empty, the text's last token
   * @param end of a text, where its class is told
   * @param positions longest text in tokens
   * @param dropout of the heads
   */
  record Reading(int d, OptionalInt start, int end, int positions, double dropout) {}

  private final String type;
  private final String prefix;
  private final C defaults;
  private final Factory<C, M> factory;
  private final Function<C, Reading> reading;
  private final String weights;
  private final List<Architecture<C>> architectures = new ArrayList<>();

  /**
   * @param prefix what may stand before the names of a file's weights, or lack
   * @param weights the weight names of the model that writes, whose parts for that begin with
   *     {@code output}
   */
  Seq2SeqFamily(
      String type,
      String prefix,
      C defaults,
      Factory<C, M> factory,
      Function<C, Reading> reading,
      String weights) {
    this.type = type;
    this.prefix = prefix;
    this.defaults = defaults;
    this.factory = factory;
    this.reading = reading;
    this.weights = weights;
  }

  /** The class that writes. */
  Seq2SeqFamily<C, M> writing(String name) {
    return add(name, weights, (config, labels) -> factory.create(config, true));
  }

  /**
   * The class that classifies texts.
   *
   * @param body the name of the model among its parts, such as {@code transformer.}; empty if the
   *     weights have none besides what {@code weights} say
   */
  Seq2SeqFamily<C, M> texts(String name, String body) {
    return add(
        name,
        body(body)
            + """
            sequence.pooler.dense.* = classification_head.dense.*
            sequence.out.*          = classification_head.out_proj.*
            """,
        (config, labels) -> {
          Reading c = reading.apply(config);
          Head pooler = new Pooler(c.d(), c.d(), Activation.TANH, c.dropout());
          Head head = new SequenceHead(pooler, c.d(), labels, c.dropout());
          return new TextModel(
              reader(config, OptionalInt.of(c.end())), Map.of(Task.SEQUENCE, head));
        });
  }

  /** The class that marks answers. */
  Seq2SeqFamily<C, M> spans(String name) {
    return add(
        name,
        body("") + "span.out.* = qa_outputs.*\n",
        (config, labels) ->
            new TextModel(
                reader(config, OptionalInt.empty()),
                Map.of(Task.SPAN, TokenHead.span(reading.apply(config).d(), labels, 0))));
  }

  List<Architecture<C>> architectures() {
    return List.copyOf(architectures);
  }

  private SourceReader reader(C config, OptionalInt end) {
    Reading c = reading.apply(config);
    return new SourceReader(factory.create(config, false), c.start(), end, c.positions());
  }

  private Seq2SeqFamily<C, M> add(String name, String names, Architecture.Factory<C> make) {
    architectures.add(new Architecture<>(name, type, prefix, defaults, make, names));
    return this;
  }

  /** The model's weight names where it is a {@link SourceReader}'s. */
  private String body(String part) {
    return weights
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("output"))
        .map(
            line ->
                (line.startsWith("-") ? line : "encoder.model." + line).replace("= ", "= " + part))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
