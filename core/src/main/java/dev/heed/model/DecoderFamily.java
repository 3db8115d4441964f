package dev.heed.model;

import dev.heed.attention.Pass;
import dev.heed.model.TextModel.Task;
import dev.heed.nn.Head;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.nn.TokenHead;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Hugging Face's classes around one decoder: scoring the next token, by itself, and with a head
 * that classifies texts by their last token (Radford et al. 2018, section 3.2), or tokens, or marks
 * spans.
 */
final class DecoderFamily<C extends Record, M extends Module & CausalLm> {
  private static final double HEAD_DROPOUT = 0.1;

  /** Makes a decoder. */
  interface Factory<C, M> {
    /**
     * @param scores whether it is to score the next token; without, it has no weights for that
     */
    M create(C config, boolean scores);
  }

  private final String type;
  private final String prefix;
  private final C defaults;
  private final Factory<C, M> factory;
  private final String weights;
  private final List<Architecture<C>> architectures = new ArrayList<>();

  /**
   * @param type config.json's {@code model_type}
   * @param prefix of the decoder's own weights, such as {@code transformer.}
   * @param weights the weight names of the decoder that scores, whose parts for that begin with
   *     {@code output}
   */
  DecoderFamily(String type, String prefix, C defaults, Factory<C, M> factory, String weights) {
    this.type = type;
    this.prefix = prefix;
    this.defaults = defaults;
    this.factory = factory;
    this.weights = weights;
  }

  /** The class that scores the next token. */
  DecoderFamily<C, M> scoring(String name) {
    Architecture.Factory<C> make = (config, labels) -> factory.create(config, true);
    architectures.add(new Architecture<>(name, type, prefix, defaults, make, weights));
    return this;
  }

  /** The class without heads. */
  DecoderFamily<C, M> plain(String name) {
    return add(
        name,
        prefix,
        body().replace("= " + prefix, "= "),
        (config, labels) -> new TextModel(new Reader<>(factory.create(config, false)), Map.of()));
  }

  /** The class that classifies texts. */
  DecoderFamily<C, M> texts(String name) {
    return add(
        name,
        prefix,
        body() + "sequence.out.weight = score.weight\n",
        (config, labels) -> {
          M decoder = factory.create(config, false);
          Head head = new Score(width(decoder), labels);
          return new TextModel(new LastReader<>(decoder), Map.of(Task.SEQUENCE, head));
        });
  }

  /**
   * The class that classifies tokens.
   *
   * @param head what it calls its last map
   */
  DecoderFamily<C, M> tokens(String name, String head) {
    return add(
        name,
        prefix,
        body() + "tokens.out.* = " + head + ".*\n",
        (config, labels) -> {
          M decoder = factory.create(config, false);
          Head scores = new TokenHead(width(decoder), labels, HEAD_DROPOUT);
          return new TextModel(new Reader<>(decoder), Map.of(Task.TOKENS, scores));
        });
  }

  /**
   * The class that marks answers.
   *
   * @param prefix of the decoder's own weights there
   */
  DecoderFamily<C, M> spans(String name, String prefix) {
    return add(
        name,
        prefix,
        body().replace("= " + this.prefix, "= " + prefix) + "span.out.* = qa_outputs.*\n",
        (config, labels) -> {
          M decoder = factory.create(config, false);
          return new TextModel(
              new Reader<>(decoder), Map.of(Task.SPAN, new TokenHead(width(decoder), 2, 0)));
        });
  }

  List<Architecture<C>> architectures() {
    return List.copyOf(architectures);
  }

  private DecoderFamily<C, M> add(
      String name, String prefix, String names, Architecture.Factory<C> make) {
    architectures.add(new Architecture<>(name, type, prefix, defaults, make, names));
    return this;
  }

  private static int width(CausalLm decoder) {
    return (int) decoder.outputWeight().size(1);
  }

  /** The decoder's weight names where it is a {@link Reader}'s. */
  private String body() {
    return weights
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("output"))
        .map(line -> line.startsWith("-") ? line : "encoder.decoder." + line)
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** The vectors of all tokens, each in view of those before it. */
  private static class Reader<M extends Module & CausalLm> extends Module implements TextEncoder {
    private final M decoder;

    Reader(M decoder) {
      this.decoder = child("decoder", decoder);
    }

    @Override
    public Tensor encode(TextInput input) {
      return decoder.decode(input.ids(), Pass.whole(input.ids(), input.mask())); // (B, T, D)
    }

    @Override
    public int positions() {
      return decoder.positions();
    }
  }

  /** The vector of the last real token alone, which has seen all others: (B, 1, D). */
  private static final class LastReader<M extends Module & CausalLm> extends Reader<M> {
    LastReader(M decoder) {
      super(decoder);
    }

    @Override
    public Tensor encode(TextInput input) {
      Tensor hidden = super.encode(input); // (B, T, D)
      if (input.real().isEmpty()) return hidden.narrow(1, hidden.size(1) - 1, 1);
      Tensor places = Tensor.arange(hidden.size(1), hidden.device()); // (T)
      Tensor last = input.real().get().to(Dtype.INT64).mul(places).argmax(1); // (B)
      Tensor index = last.view(-1, 1, 1).expand(-1, 1, hidden.size(2)); // (B, 1, D)
      return hidden.gather(1, index); // (B, 1, D)
    }
  }

  private static final class Score extends Head {
    private final Linear out;

    Score(int size, int labels) {
      this.out = child("out", new Linear(size, labels, false));
    }

    /** (B, 1, D) → (B, L). */
    @Override
    public Tensor forward(Tensor hidden) {
      return out.forward(hidden.select(1, 0)); // (B, L)
    }
  }
}
