package dev.heed.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.attention.Mechanisms;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.Stands;
import dev.heed.config.Configs;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.model.Transformer.Config;
import dev.heed.model.Transformer.Tie;
import dev.heed.nn.Placement;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
final class TransformerTest {
  private static final int PAD = 0;
  private static final int BOS = 1;

  private static Vocabulary vocabulary(int source, int target) {
    return new Vocabulary(source, target, PAD, BOS, 2);
  }

  private static Config small(int d, int heads, double dropout, Placement placement, Tie tie) {
    return config(
        Config.TINY,
        "d=" + d,
        "ffn=" + 2 * d,
        "heads=" + heads,
        "dropout=" + dropout,
        "placement=" + placement,
        "tie=" + tie);
  }

  /** One layer a side and 16 positions, if not told otherwise. */
  private static Config config(Config from, String... settings) {
    List<String> all = new ArrayList<>(List.of("encoder=1", "decoder=1", "positions=16"));
    all.addAll(List.of(settings));
    return Configs.parse("", "test", from, all);
  }

  // ---- what it is made of -----------------------------------------------------------------------

  static Stream<Arguments> sizes() {
    return Stream.of(
        Arguments.of(Config.TINY, 8_000),
        Arguments.of(Config.BASE, 37_000), // 65 million in table 3 of the paper
        Arguments.of(small(8, 2, 0, Placement.PRE, Tie.ALL), 20));
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void parametersByHand(Config c, int v) {
    long d = c.d();
    long linear = d * d + d;
    long norm = 2 * d;
    long ffn = d * c.ffn() + c.ffn() + c.ffn() * d + d;
    long encoderLayer = 4 * linear + ffn + 2 * norm;
    long decoderLayer = 8 * linear + ffn + 3 * norm;
    long last = c.placement() == Placement.PRE ? 2 * norm : 0;
    long expected = v * d + c.encoder() * encoderLayer + c.decoder() * decoderLayer + last;
    assertEquals(expected, new Transformer(c, vocabulary(v, v)).parameterCount());
  }

  @Test
  void theAdditiveKernelAddsItsOwn() {
    var plain = small(8, 2, 0, Placement.POST, Tie.ALL);
    var additive = config(plain, "attention=additive");
    long more =
        new Transformer(additive, vocabulary(9, 9)).parameterCount()
            - new Transformer(plain, vocabulary(9, 9)).parameterCount();
    assertEquals(3 * 2 * 8, more); // v and b, of D numbers, in three attentions
  }

  private static Set<String> embeddings(Transformer model) {
    return model.parameters().keySet().stream()
        .filter(name -> name.matches("(source|target|output)\\..*"))
        .collect(Collectors.toSet());
  }

  @Test
  void tiedEmbeddingsAreOneMatrix() {
    Map<Tie, Set<String>> expected =
        Map.of(
            Tie.ALL, Set.of("source.weight"),
            Tie.TARGET, Set.of("source.weight", "target.weight"),
            Tie.NONE, Set.of("source.weight", "target.weight", "output.weight"));
    expected.forEach(
        (tie, names) -> {
          var model = new Transformer(small(8, 2, 0, Placement.POST, tie), vocabulary(9, 9));
          assertEquals(names, embeddings(model));
          String last = tie == Tie.ALL ? "source" : tie == Tie.TARGET ? "target" : "output";
          try (NoGrad off = NoGrad.on()) {
            model.parameters().get(last + ".weight").fill_(3);
          }
          assertTrue(Arrays.stream(model.outputWeight().toDoubles()).allMatch(x -> x == 3));
          model.to(Device.CPU);
          assertEquals(names, embeddings(model));
        });
  }

  @Test
  void sidesCanHaveVocabulariesOfTheirOwn() {
    var model = new Transformer(small(8, 2, 0, Placement.POST, Tie.TARGET), vocabulary(9, 7));
    assertArrayEquals(new long[] {7, 8}, model.outputWeight().shape());
  }

  // ---- what it refuses --------------------------------------------------------------------------

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(
            "--set d=8: heads (3) must divide d (8) without remainder",
            (Runnable) () -> small(8, 3, 0, Placement.POST, Tie.ALL)),
        Arguments.of(
            "--set dropout=1.5: dropout must be at least 0 and below 1, not 1.5",
            (Runnable) () -> small(8, 2, 1.5, Placement.POST, Tie.ALL)),
        Arguments.of(
            "position sinusoidal: each wave has a sine and a cosine, so that d must be even, not 9",
            (Runnable)
                () -> new Transformer(small(9, 3, 0, Placement.POST, Tie.ALL), vocabulary(9, 9))),
        Arguments.of(
            "--set heads=0: heads must be at least 1, not 0",
            (Runnable) () -> small(8, 0, 0, Placement.POST, Tie.ALL)),
        Arguments.of(
            "tie: all needs one joint vocabulary, but the source has 9 tokens and the target 7",
            (Runnable)
                () -> new Transformer(small(8, 2, 0, Placement.POST, Tie.ALL), vocabulary(9, 7))),
        Arguments.of(
            "special token id 2 is outside the vocabulary of 2 tokens",
            (Runnable) () -> vocabulary(2, 7)),
        Arguments.of(
            "unknown attention dot; choose one of " + String.join(", ", Mechanisms.names()),
            (Runnable) () -> Mechanisms.of(Kind.of("dot"))),
        Arguments.of(
            "a sequence of 17 tokens is longer than the model's 16 positions",
            (Runnable)
                () ->
                    new Transformer(small(8, 2, 0, Placement.POST, Tie.ALL), vocabulary(9, 9))
                        .encode(Tensor.of(new int[17], 1, 17), Optional.empty())));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreAnsweredInOneSentence(String sentence, Runnable mistake) {
    var error = assertThrows(RuntimeException.class, mistake::run);
    assertEquals(sentence, error.getMessage());
    assertTrue(
        error instanceof UserError || error instanceof IllegalArgumentException, error.toString());
  }

  // ---- training ---------------------------------------------------------------------------------

  /** Sequences of 3 to 5 random tokens and their copies, padded; (B, 6) each. */
  private record Copies(Tensor source, Tensor input, Tensor labels) {
    static final int LENGTH = 6;

    static Copies draw(Random random, int rows, int v) {
      int[] source = new int[rows * LENGTH];
      int[] input = new int[rows * LENGTH];
      for (int row = 0; row < rows; row++) {
        int at = row * LENGTH;
        int size = 3 + random.nextInt(3);
        input[at] = BOS;
        for (int i = 0; i < size; i++) {
          source[at + i] = 3 + random.nextInt(v - 3);
          input[at + i + 1] = source[at + i];
        }
        source[at + size] = 2;
      }
      return new Copies(ids(source, rows), ids(input, rows), ids(source, rows));
    }

    private static Tensor ids(int[] ids, int rows) {
      return Tensor.of(ids, rows, LENGTH);
    }
  }

  /** The mean of −log p of the labels that are no padding. */
  private static Tensor loss(Transformer model, Copies batch) {
    Memory memory = model.encode(batch.source, model.real(batch.source));
    Pass pass = Pass.whole(batch.input, Mask.NONE);
    Tensor hidden = model.decode(batch.input, memory, pass); // (B, T, D)
    Tensor logits = hidden.linear(model.outputWeight(), Optional.empty()); // (B, T, V)
    Tensor chosen = logits.logSoftmax(-1).gather(2, batch.labels.unsqueeze(2)).squeeze(2); // (B, T)
    Tensor padding = batch.labels.eq(PAD);
    double count = padding.logicalNot().to(chosen.dtype()).sum().item();
    return chosen.maskedFill(padding, 0).sum().mul(-1 / count);
  }

  @ParameterizedTest
  @EnumSource(Placement.class)
  void anUntrainedModelKnowsNothing(Placement placement) {
    Randomness.seed(1);
    int v = 1000;
    var model = new Transformer(small(64, 4, 0, placement, Tie.NONE), vocabulary(v, v));
    double loss = loss(model, Copies.draw(new Random(1), 32, v)).item();
    // Logits of variance 1 cost half a nat more than the uniform distribution.
    assertEquals(Math.log(v) + 0.5, loss, 0.5);
  }

  @ParameterizedTest
  @EnumSource(Placement.class)
  void gradientDescentLearnsToCopy(Placement placement) {
    Randomness.seed(2);
    var model = new Transformer(small(32, 2, 0, placement, Tie.ALL), vocabulary(8, 8));
    Random random = new Random(2);
    double loss = Double.POSITIVE_INFINITY;
    for (int step = 0; step < 500 && loss >= 0.1; step++) {
      try (Scope scope = Scope.open()) {
        Tensor mean = loss(model, Copies.draw(random, 32, 8));
        mean.backward();
        loss = mean.item();
        try (NoGrad off = NoGrad.on()) {
          for (Tensor weight : model.weights()) {
            weight.add_(weight.grad().orElseThrow(), -0.1);
            weight.clearGrad();
          }
        }
      }
    }
    assertTrue(loss < 0.1, "loss " + loss);
  }

  @ParameterizedTest
  @EnumSource(Placement.class)
  void everyParameterGetsAGradient(Placement placement) {
    for (Kind kernel : Stands.all()) {
      Randomness.seed(3);
      Stands at = Stands.of(kernel);
      var config =
          config(
              small(8, 2, 0.1, placement, Tie.NONE),
              "encoder=2",
              "decoder=2",
              "attentionDropout=0.1",
              "activationDropout=0.1",
              "activation=gelu",
              "attention=" + Configs.toLine(at.encoder()),
              "decoderAttention=" + Configs.toLine(at.decoder()),
              "crossAttention=" + Configs.toLine(at.cross()));
      var model = new Transformer(config, vocabulary(9, 9));
      loss(model, Copies.draw(new Random(3), 4, 9)).backward();
      model
          .parameters()
          .forEach(
              (name, weight) ->
                  assertFalse(
                      weight.grad().isEmpty() || weight.grad().get().norm().item() == 0,
                      kernel + ": no gradient of " + name));
    }
  }
}
