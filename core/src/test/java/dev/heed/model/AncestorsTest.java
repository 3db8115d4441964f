package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.RecurrentDecoders;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.Hypothesis;
import dev.heed.decode.LengthPenalty;
import dev.heed.decode.Search;
import dev.heed.decode.SpecialTokens;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Transformer.Tie;
import dev.heed.nn.Init;
import dev.heed.nn.Recurrent.Cell;
import dev.heed.nn.RecurrentEncoder.Direction;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Autocast;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Retype;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every encoder–decoder of {@link RecurrentSeq2Seq} and {@link ConvSeq2Seq} keeps to. */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
final class AncestorsTest {
  private static final int PAD = 0;
  private static final int BOS = 1;
  private static final int EOS = 2;
  private static final Vocabulary WORDS = new Vocabulary(9, 9, PAD, BOS, EOS);

  private static Kind luong(String score, boolean feeding) {
    return new Kind("luong", Map.of("score", score, "inputFeeding", feeding));
  }

  private static RecurrentSeq2Seq.Config recurrent(
      int layers, Cell cell, Direction direction, Kind attention) {
    return new RecurrentSeq2Seq.Config(6, layers, cell, direction, attention, 0, Tie.ALL);
  }

  private static ConvSeq2Seq.Config convolutional(int kernel, int decoder) {
    return new ConvSeq2Seq.Config(6, 2, decoder, kernel, 0, Tie.ALL, 12);
  }

  static Stream<TranslationModel.Config> configs() {
    return Stream.of(
        recurrent(2, Cell.LSTM, Direction.BACKWARD, Kind.of("fixed")),
        recurrent(1, Cell.GRU, Direction.FORWARD, new Kind("fixed", Map.of("everyStep", true))),
        recurrent(2, Cell.GRU, Direction.BOTH, Kind.of("bahdanau")),
        recurrent(1, Cell.LSTM, Direction.FORWARD, Kind.of("bahdanau")),
        recurrent(2, Cell.LSTM, Direction.BOTH, luong("general", false)),
        recurrent(1, Cell.GRU, Direction.BOTH, luong("dot", true)),
        recurrent(2, Cell.LSTM, Direction.FORWARD, luong("concat", true)),
        convolutional(3, 1),
        convolutional(5, 2));
  }

  /** Weights of which every one counts. */
  private static TranslationModel<?> model(TranslationModel.Config config) {
    Randomness.seed(4);
    TranslationModel<?> model = config.create(WORDS);
    try (NoGrad off = NoGrad.on()) {
      for (Tensor weight : model.module().weights()) weight.add_(Init.normal(0.3, weight.shape()));
    }
    return model;
  }

  private static Tensor row(int... ids) {
    return Tensor.of(ids, 1, ids.length);
  }

  private static Tensor logits(TranslationModel<?> model, Tensor source, Tensor target) {
    Memory memory = model.encode(source, model.real(source));
    return model.logits(model.decode(target, memory, Pass.whole(target, Mask.NONE))); // (B, T, V)
  }

  // ---- contracts --------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("configs")
  void paddingChangesNothing(TranslationModel.Config config) {
    TranslationModel<?> model = model(config);
    Tensor target = row(BOS, 4, 5, 6);
    try (NoGrad off = NoGrad.on()) {
      Tensor alone = logits(model, row(7, 8, 2), target);
      Tensor source = Tensor.of(new int[] {3, 4, 5, 6, 7, 2, 7, 8, 2, PAD, PAD, PAD}, 2, 6);
      Tensor both = logits(model, source, Tensor.cat(0, List.of(target, target)));
      assertClose("logits", alone, both.narrow(0, 1, 1), 1e-5, 1e-6);
      Tensor unmasked = model.encode(row(7, 8, 2), Optional.empty()).states();
      Tensor states = model.encode(source, model.real(source)).states();
      assertClose("states", unmasked, states.narrow(0, 1, 1).narrow(1, 0, 3), 1e-5, 1e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void noTokenSeesThoseAfterIt(TranslationModel.Config config) {
    TranslationModel<?> model = model(config);
    try (NoGrad off = NoGrad.on()) {
      Tensor source = row(3, 4, 5, 2);
      Tensor one = logits(model, source, row(BOS, 4, 5, 6, 7));
      Tensor other = logits(model, source, row(BOS, 4, 5, 8, 3));
      assertClose("before", one.narrow(1, 0, 3), other.narrow(1, 0, 3), 1e-6, 1e-6);
      assertTrue(one.sub(other).narrow(1, 3, 2).abs().max().item() > 1e-3, "nothing is seen");
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void theSourceIsRead(TranslationModel.Config config) {
    TranslationModel<?> model = model(config);
    try (NoGrad off = NoGrad.on()) {
      Tensor target = row(BOS, 4);
      Tensor one = logits(model, row(3, 4, 5, 2), target);
      for (int place = 0; place < 4; place++) {
        int[] changed = {3, 4, 5, 2};
        changed[place] = 8;
        Tensor other = logits(model, row(changed), target);
        assertTrue(one.sub(other).abs().max().item() > 1e-5, "token " + place + " isn't read");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void aWideBeamFindsTheBestOfAllOutputs(TranslationModel.Config config) {
    TranslationModel<?> model = model(config);
    model.module().training(false);
    int longest = 3;
    int[] source = {3, 5, 4, 2};
    try (NoGrad off = NoGrad.on();
        Scope scope = Scope.open()) {
      Best best = new Best(new int[0], Double.NEGATIVE_INFINITY);
      for (int[] words : words(longest - 1)) {
        int[] input = prepended(BOS, words);
        Tensor logP = logits(model, row(source), row(input)).logSoftmax(-1); // (1, T, V)
        double sum = 0;
        for (int t = 0; t < input.length; t++)
          sum += logP.select(1, t).select(1, t < words.length ? words[t] : EOS).item();
        if (sum > best.logP()) best = new Best(words, sum);
      }
      DecodeConfig decode =
          new DecodeConfig(64, 1, LengthPenalty.NONE, 0, longest, 0, longest, 0, false);
      Tensor ids = row(source);
      try (var generation = Generation.of(model, ids, model.real(ids), 64, longest)) {
        Hypothesis found =
            Search.search(
                    generation, new SpecialTokens(BOS, EOS, PAD, BOS), new int[] {longest}, decode)
                .get(0)
                .get(0);
        assertArrayEquals(best.words(), found.tokens());
        assertEquals(best.logP(), found.logProbability(), 1e-4);
      }
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Best(int[] words, double logP) {}

  /** All sequences of at most so many tokens that end nothing and fill nothing. */
  private static List<int[]> words(int longest) {
    List<int[]> all = new ArrayList<>(List.of(new int[0]));
    for (int from = 0; from < all.size(); from++)
      if (all.get(from).length < longest)
        for (int token = 3; token < WORDS.target(); token++) {
          int[] more = Arrays.copyOf(all.get(from), all.get(from).length + 1);
          more[more.length - 1] = token;
          all.add(more);
        }
    return all;
  }

  private static int[] prepended(int first, int[] rest) {
    int[] all = new int[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }

  // ---- training ---------------------------------------------------------------------------------

  private static final int[] SOURCE = {3, 4, 5, 2, 6, 7, 2, PAD};
  private static final int[] INPUT = {BOS, 4, 3, BOS, 8, PAD};
  private static final int[] LABELS = {4, 3, EOS, 8, EOS, PAD};

  /** The sum of −log p of the labels that are no padding. */
  private static Tensor loss(TranslationModel<?> model) {
    Tensor labels = Tensor.of(LABELS, 2, 3);
    Tensor logP = logits(model, Tensor.of(SOURCE, 2, 4), Tensor.of(INPUT, 2, 3)).logSoftmax(-1);
    Tensor chosen = logP.gather(2, labels.unsqueeze(2)).squeeze(2); // (B, T)
    return chosen.maskedFill(labels.eq(PAD), 0).sum().mul(-1);
  }

  /** Of all but the encoder that several convolutional attentions read, whose gradient is less. */
  static Stream<TranslationModel.Config> differentiable() {
    return configs()
        .filter(config -> !(config instanceof ConvSeq2Seq.Config conv && conv.decoder() > 1));
  }

  @ParameterizedTest
  @MethodSource("differentiable")
  void gradientsEqualFiniteDifferences(TranslationModel.Config config) {
    TranslationModel<?> model = model(config);
    Retype.to(Dtype.FLOAT64, model.module().weights());
    loss(model).backward();
    double step = 1e-5;
    model
        .module()
        .parameters()
        .forEach(
            (name, weight) -> {
              double[] gradient = weight.grad().orElseThrow().toDoubles();
              try (NoGrad off = NoGrad.on();
                  Scope scope = Scope.open()) {
                Tensor flat = weight.view(-1);
                for (int i = 0; i < gradient.length; i += 1 + gradient.length / 7) {
                  if (isPad(name, i, weight)) continue;
                  Tensor entry = flat.narrow(0, i, 1);
                  entry.add_(Tensor.of(new double[] {step}, 1));
                  double above = loss(model).item();
                  entry.add_(Tensor.of(new double[] {-2 * step}, 1));
                  double below = loss(model).item();
                  entry.add_(Tensor.of(new double[] {step}, 1));
                  assertEquals((above - below) / (2 * step), gradient[i], 1e-6, name + " " + i);
                }
              }
            });
  }

  /** The row of padding, which look-ups don't train. */
  private static boolean isPad(String name, int entry, Tensor weight) {
    return name.equals("source.weight") && entry < weight.size(1);
  }

  @ParameterizedTest
  @MethodSource("configs")
  void everyParameterIsTrainedInEitherPrecision(TranslationModel.Config config) {
    for (boolean half : new boolean[] {false, true}) {
      TranslationModel<?> model = model(config);
      try (Autocast cast = half ? Autocast.bfloat16(Device.CPU) : Autocast.off(Device.CPU)) {
        loss(model).to(Dtype.FLOAT32).backward();
      }
      model
          .module()
          .parameters()
          .forEach(
              (name, weight) -> {
                double norm = weight.grad().orElseThrow().norm().item();
                assertTrue(norm > 0 && norm < 1e6, name + ": " + norm);
              });
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void tenStepsLowerTheLossFromThePapersStart(TranslationModel.Config config) {
    Randomness.seed(6);
    TranslationModel<?> model = config.create(WORDS);
    double first = loss(model).item();
    for (int step = 0; step < 10; step++) {
      try (Scope scope = Scope.open()) {
        loss(model).backward();
        try (NoGrad off = NoGrad.on()) {
          for (Tensor weight : model.module().weights()) {
            weight.add_(weight.grad().orElseThrow(), -0.05);
            weight.clearGrad();
          }
        }
      }
    }
    assertTrue(loss(model).item() < 0.9 * first, first + " to " + loss(model).item());
  }

  @Test
  void recurrentMatricesStartOrthogonalWhereTheirPaperSays() {
    var model = new RecurrentSeq2Seq(RecurrentSeq2Seq.Config.DEFAULT, WORDS);
    Tensor u = model.parameters().get("decoder.rnn.layers.0.stateWeight"); // (3·D, D)
    for (int gate = 0; gate < 3; gate++) {
      Tensor square = u.narrow(0, gate * 256L, 256);
      assertClose(
          "U Uᵀ",
          Tensor.full(1, Dtype.FLOAT32, Device.CPU, 256, 256)
              .tril(0)
              .sub(Tensor.full(1, Dtype.FLOAT32, Device.CPU, 256, 256).tril(-1)),
          square.matmul(square.transpose(0, 1)),
          1e-5,
          0);
    }
  }

  // ---- files, and what is refused ---------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("configs")
  void whatIsSavedLoadsTheSame(TranslationModel.Config config, @TempDir Path folder) {
    TranslationModel<?> model = model(config);
    model.module().training(false);
    ModelFolder.save(folder, model);
    TranslationModel<?> loaded = ModelFolder.model(folder, Device.CPU);
    loaded.module().training(false);
    assertEquals(config, loaded.config());
    assertEquals(WORDS, loaded.vocabulary());
    Tensor source = Tensor.of(SOURCE, 2, 4);
    Tensor target = Tensor.of(INPUT, 2, 3);
    try (NoGrad off = NoGrad.on()) {
      assertArrayEquals(
          logits(model, source, target).toFloats(), logits(loaded, source, target).toFloats());
    }
    assertFalse(Checkpoint.architecture(folder).name().isEmpty());
  }

  @Test
  void mistakesAreAnsweredInOneSentence() {
    assertEquals(
        "tie: all needs one joint vocabulary, but the source has 9 tokens and the target 7",
        assertThrows(
                UserError.class,
                () -> RecurrentSeq2Seq.Config.DEFAULT.create(new Vocabulary(9, 7, PAD, BOS, EOS)))
            .getMessage());
    assertEquals(
        "unknown attention additive; choose one of " + String.join(", ", RecurrentDecoders.names()),
        assertThrows(
                UserError.class, () -> recurrent(1, Cell.GRU, Direction.BOTH, Kind.of("additive")))
            .getMessage());
    assertEquals(
        "kernel must be odd and at least 3, not 4",
        assertThrows(IllegalArgumentException.class, () -> convolutional(4, 1)).getMessage());
    assertEquals(
        "d must be even where direction is both, not 7",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    new RecurrentSeq2Seq.Config(
                        7, 1, Cell.GRU, Direction.BOTH, Kind.of("fixed"), 0, Tie.ALL))
            .getMessage());
    assertEquals(
        "a sequence of 13 tokens is longer than the model's 12 positions",
        assertThrows(
                UserError.class,
                () -> model(convolutional(3, 1)).encode(row(new int[13]), Optional.empty()))
            .getMessage());
  }
}
