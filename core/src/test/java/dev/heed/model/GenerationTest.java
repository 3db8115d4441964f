package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.OneThread;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.attention.Stands;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.nn.Init;
import dev.heed.nn.Module;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A step with caches gives what a full pass over each hypothesis' own tokens gives. */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
final class GenerationTest {
  private static final int V = 13;
  private static final int PAD = 0;
  private static final int BOS = 1;
  private static final int STEPS = 6;

  private static final int[] SOURCE = {
    3, 4, 5, 6, 2, //
    7, 8, 2, PAD, PAD,
    9, 9, 4, 2, PAD,
  };
  private static final int ROWS = 3;

  /** The sizes of every family, by all the names that they have. */
  private static final String SIZES =
      """
      {"vocab_size": 13, "d_model": 16, "d_kv": 5, "d_ff": 24, "num_layers": 2, "num_heads": 2,
       "num_decoder_layers": 2, "encoder_layers": 2, "decoder_layers": 2,
       "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 24,
       "decoder_ffn_dim": 24, "max_position_embeddings": 9, "relative_attention_num_buckets": 8,
       "relative_attention_max_distance": 6, "num_sparse_encoder_layers": 1,
       "num_sparse_decoder_layers": 1, "num_experts": 3, "expert_capacity": 9, "pad_token_id": 0,
       "decoder_start_token_id": 1, "eos_token_id": 2%s}
      """;

  private static JsonNode sizes(String more) {
    try {
      return new ObjectMapper().readTree(SIZES.formatted(more));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** A model whose biases and norms count too. */
  private static Module model(String architecture, String more) {
    Randomness.seed(5);
    Module model = Checkpoint.create(architecture, sizes(more)).model();
    model.training(false);
    try (NoGrad off = NoGrad.on()) {
      model.weights().forEach(parameter -> parameter.add_(Init.normal(0.3, parameter.shape())));
      model.buffers().values().forEach(buffer -> buffer.add_(Init.normal(0.3, buffer.shape())));
    }
    return model;
  }

  private static Seq2Seq transformer(String placement) {
    return (Seq2Seq) model("HeedTransformer", ", \"placement\": \"" + placement + "\"");
  }

  private static Generation generate(Seq2Seq model, Tensor ids, int beams, int maxLength) {
    return Generation.of(model, ids, real(ids), beams, maxLength);
  }

  private static Optional<Tensor> real(Tensor ids) {
    return Optional.of(ids.ne(PAD));
  }

  /** Every encoder–decoder of text, and what their configs tell apart. */
  static Stream<Arguments> models() {
    Stream<Arguments> all =
        Architectures.all().stream()
            .map(Architecture::name)
            .filter(
                name ->
                    name.matches(".*(ForConditionalGeneration|MTModel|Transformer|Heed.*Seq2Seq)"))
            .filter(name -> model(name, "") instanceof Seq2Seq) // not those that hear
            .map(name -> Arguments.of(name, ""));
    Stream<Arguments> kernels =
        Stands.each().stream()
            .map(
                kernel ->
                    Arguments.of(
                        "HeedTransformer", ", \"placement\": \"pre\"" + Stands.of(kernel).json()));
    Stream<Arguments> others =
        Stream.of(
            Arguments.of("T5ForConditionalGeneration", ", \"feed_forward_proj\": \"gated-gelu\""),
            Arguments.of(
                "SwitchTransformersForConditionalGeneration",
                ", \"num_sparse_decoder_layers\": 2"));
    Stream<Arguments> recurrent =
        Stream.of("LSTM", "GRU")
            .flatMap(
                cell ->
                    Stream.of(
                            "\"fixed\"",
                            "{\"kind\": \"fixed\", \"everyStep\": true}",
                            "\"bahdanau\"",
                            "{\"kind\": \"luong\", \"score\": \"dot\"}",
                            "{\"kind\": \"luong\", \"score\": \"concat\", \"inputFeeding\": true}")
                        .map(
                            attention ->
                                Arguments.of(
                                    "HeedRecurrentSeq2Seq",
                                    ", \"cell\": \"%s\", \"direction\": \"%s\", \"attention\": %s"
                                        .formatted(
                                            cell,
                                            cell.equals("GRU") ? "backward" : "both",
                                            attention))));
    return Stream.of(all, kernels, others, recurrent).flatMap(Function.identity());
  }

  @ParameterizedTest
  @MethodSource("models")
  void oneHypothesisEqualsTeacherForcing(String architecture, String more) {
    try (Walk walk = new Walk((Seq2Seq) model(architecture, more), 1)) {
      walk.steps(STEPS);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void eachOfManyHypothesesFollowsItsOwnAncestors(String architecture, String more) {
    try (Walk walk = new Walk((Seq2Seq) model(architecture, more), 3)) {
      walk.steps(STEPS);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void rowsCanBeLeftBehind(String architecture, String more) {
    for (int beams : new int[] {1, 3}) {
      try (Walk walk = new Walk((Seq2Seq) model(architecture, more), beams)) {
        walk.steps(2);
        walk.keep(2, 0);
        walk.steps(2);
        walk.keep(1);
        walk.steps(2);
      }
    }
  }

  /** A generation with random tokens and parents, checked at each step as the decoders drive it. */
  private static final class Walk implements AutoCloseable {
    private final Seq2Seq model;
    private final int beams;
    private final Generation generation;
    private final Random random = new Random(3);
    private int[] rows = {0, 1, 2}; // the rows of SOURCE that are left
    private int[][] histories; // [row·beams + hypothesis]

    Walk(Seq2Seq model, int beams) {
      this.model = model;
      this.beams = beams;
      this.generation = generate(model, Tensor.of(SOURCE, ROWS, 5), beams, STEPS);
      this.histories = new int[ROWS * beams][0];
      assertEquals(beams, generation.beams());
      assertEquals(V, generation.vocabulary());
    }

    @Override
    public void close() {
      generation.close();
    }

    void steps(int count) {
      try (NoGrad off = NoGrad.on()) {
        for (int i = 0; i < count; i++) step();
      }
    }

    private void step() {
      int[] tokens = new int[histories.length];
      int[] parents = new int[histories.length];
      int[][] next = new int[histories.length][];
      for (int i = 0; i < histories.length; i++) {
        boolean first = histories[i].length == 0;
        tokens[i] = first ? BOS : 3 + random.nextInt(V - 3);
        parents[i] = first ? 0 : random.nextInt(beams);
        int[] parent = histories[i / beams * beams + parents[i]];
        next[i] = Arrays.copyOf(parent, parent.length + 1);
        next[i][parent.length] = tokens[i];
      }
      histories = next;
      try (Scope scope = Scope.open()) {
        Tensor logits = generation.next(tokens, parents);
        assertClose("step " + histories[0].length, full(), logits, 1e-4, 1e-5);
      }
    }

    /** The logits after each history, from passes without a cache: (rows·beams, V). */
    private Tensor full() {
      List<Tensor> logits = new ArrayList<>();
      for (int i = 0; i < histories.length; i++) {
        int row = rows[i / beams];
        Tensor source = Tensor.of(Arrays.copyOfRange(SOURCE, row * 5, row * 5 + 5), 1, 5);
        int length = histories[i].length;
        Tensor ids = Tensor.of(histories[i], 1, length);
        Memory memory = model.encode(source, real(source)); // (1, S, D)
        Tensor hidden = model.decode(ids, memory, Pass.whole(ids, Mask.NONE)); // (1, T, D)
        logits.add(model.logits(hidden.select(1, length - 1))); // (1, V)
      }
      return Tensor.cat(0, logits);
    }

    void keep(int... kept) {
      generation.keep(kept);
      assertEquals(kept.length, generation.rows());
      rows = Arrays.stream(kept).map(i -> rows[i]).toArray();
      int[][] left = new int[kept.length * beams][];
      for (int i = 0; i < left.length; i++)
        left[i] = histories[kept[i / beams] * beams + i % beams];
      histories = left;
    }
  }

  @Test
  void paddingOfTheSourceChangesNothing() {
    Seq2Seq model = transformer("pre");
    Tensor shorter = Tensor.of(new int[] {7, 8, 2}, 1, 3);
    Tensor padded = Tensor.of(new int[] {7, 8, 2, PAD, PAD}, 1, 5);
    try (NoGrad off = NoGrad.on();
        var a = generate(model, shorter, 1, 1);
        var b = generate(model, padded, 1, 1)) {
      int[] bos = {BOS};
      int[] first = {0};
      assertClose("logits", a.next(bos, first), b.next(bos, first), 1e-5, 0);
    }
  }

  @Test
  void theCacheAndThePositionsHaveAnEnd() {
    Seq2Seq model = transformer("post");
    int[] bos = {BOS};
    int[] first = {0};
    try (NoGrad off = NoGrad.on();
        var generation = generate(model, Tensor.of(new int[] {3, 2}, 1, 2), 1, 1)) {
      generation.next(bos, first);
      generation.next(bos, first); // the one token that it may write
      var error = assertThrows(IllegalStateException.class, () -> generation.next(bos, first));
      assertEquals("the cache holds 1 steps and is full", error.getMessage());
    }
    int[] tooLong = new int[10];
    Arrays.fill(tooLong, 3);
    var error =
        assertThrows(UserError.class, () -> generate(model, Tensor.of(tooLong, 1, 10), 1, 1));
    assertEquals(
        "a sequence of 10 tokens is longer than the model's 9 positions", error.getMessage());
  }
}
