package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every decoder that there is a fixture of: a step with caches gives what a full pass over each
 * hypothesis' own prompt and tokens gives.
 */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
final class CausalGenerationTest {
  private static final int STEPS = 7;
  private static final int PROMPT = 6;
  private static final int ROWS = 3;
  private static final int[] PADS = {0, 2, 5};

  /** Fixture folders by the names of their architectures. */
  private record Decoder(String architecture, Path folder) {
    CausalLm load() {
      var model = Checkpoint.load(folder, Device.CPU).model();
      model.training(false);
      return (CausalLm) model;
    }

    @Override
    public String toString() {
      return folder.getFileName().toString();
    }
  }

  static List<Decoder> decoders() throws IOException {
    List<Decoder> decoders = new ArrayList<>();
    try (Stream<Path> folders = Files.list(Fixtures.folder("hf/gpt2").getParent())) {
      for (Path folder : folders.sorted().toList()) {
        if (!Files.exists(folder.resolve("config.json"))) continue; // no model
        String name = Checkpoint.config(folder).path("architectures").path(0).asText();
        boolean known = Architectures.all().stream().anyMatch(a -> a.name().equals(name));
        if (!known) continue;
        try (Scope scope = Scope.open()) {
          if (Checkpoint.load(folder, Device.CPU).model() instanceof CausalLm)
            decoders.add(new Decoder(name, folder));
        }
      }
    }
    return decoders;
  }

  @Test
  void everyDecoderIsTried() throws IOException {
    var tried = new TreeSet<>(decoders().stream().map(Decoder::architecture).toList());
    for (Architecture<?> architecture : Architectures.all())
      if (architecture.name().endsWith("ForCausalLM"))
        assertTrue(tried.contains(architecture.name()), "no fixture of " + architecture.name());
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void oneHypothesisEqualsFullPasses(Decoder decoder) {
    try (Walk walk = new Walk(decoder.load(), 1, PADS)) {
      walk.steps(STEPS);
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void promptsWithoutPaddingDoToo(Decoder decoder) {
    try (Walk walk = new Walk(decoder.load(), 1, new int[ROWS])) {
      walk.steps(STEPS);
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void eachOfManyHypothesesFollowsItsOwnAncestors(Decoder decoder) {
    try (Walk walk = new Walk(decoder.load(), 3, PADS)) {
      walk.steps(STEPS);
    }
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void rowsCanBeLeftBehind(Decoder decoder) {
    try (Walk walk = new Walk(decoder.load(), 2, PADS)) {
      walk.steps(2);
      walk.keep(2, 0);
      walk.steps(3);
      walk.keep(1);
      walk.steps(2);
    }
  }

  /** A generation with random tokens and parents, checked at each step as the decoders drive it. */
  private static final class Walk implements AutoCloseable {
    private final CausalLm model;
    private final int beams;
    private final Generation generation;
    private final Random random = new Random(3);
    private final int vocabulary;
    private int[][] histories; // [row·beams + hypothesis], without padding

    Walk(CausalLm model, int beams, int[] pads) {
      this.model = model;
      this.beams = beams;
      this.vocabulary = (int) model.outputWeight().size(0);
      int[] prompts = random.ints(ROWS * PROMPT, 3, vocabulary).toArray();
      histories = new int[ROWS * beams][];
      for (int i = 0; i < histories.length; i++) {
        int row = i / beams;
        histories[i] = Arrays.copyOfRange(prompts, row * PROMPT + pads[row], (row + 1) * PROMPT);
      }
      for (int row = 0; row < ROWS; row++)
        Arrays.fill(prompts, row * PROMPT, row * PROMPT + pads[row], 0);
      this.generation = Generation.of(model, Tensor.of(prompts, ROWS, PROMPT), pads, beams, STEPS);
      assertEquals(vocabulary, generation.vocabulary());
      try (NoGrad off = NoGrad.on();
          Scope scope = Scope.open()) {
        int[] none = new int[histories.length];
        assertClose("the prompts", full(), generation.next(none, none), 1e-4, 1e-5);
      }
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
      int[] tokens = random.ints(histories.length, 3, vocabulary).toArray();
      int[] parents = random.ints(histories.length, 0, beams).toArray();
      int[][] next = new int[histories.length][];
      for (int i = 0; i < histories.length; i++) {
        int[] parent = histories[i / beams * beams + parents[i]];
        next[i] = Arrays.copyOf(parent, parent.length + 1);
        next[i][parent.length] = tokens[i];
      }
      histories = next;
      try (Scope scope = Scope.open()) {
        Tensor logits = generation.next(tokens, parents);
        assertClose("after " + histories[0].length, full(), logits, 1e-4, 1e-5);
      }
    }

    /** The logits after each history, from passes without a cache: (rows·beams, V). */
    private Tensor full() {
      List<Tensor> logits = new ArrayList<>();
      for (int[] history : histories) {
        Tensor ids = Tensor.of(history, 1, history.length);
        Tensor hidden = model.decode(ids, Pass.whole(ids, Mask.NONE)); // (1, T, D)
        logits.add(model.logits(hidden.select(1, history.length - 1))); // (1, V)
      }
      return Tensor.cat(0, logits);
    }

    void keep(int... kept) {
      generation.keep(kept);
      int[][] left = new int[kept.length * beams][];
      for (int i = 0; i < left.length; i++)
        left[i] = histories[kept[i / beams] * beams + i % beams];
      histories = left;
    }
  }
}
