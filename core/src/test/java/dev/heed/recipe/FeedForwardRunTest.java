package dev.heed.recipe;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.heed.OneThread;
import dev.heed.attention.BeamPass;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.Configs;
import dev.heed.config.Kind;
import dev.heed.data.Mask;
import dev.heed.model.Transformer;
import dev.heed.nn.FeedForwardSamples;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import dev.heed.train.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Short runs of the Transformer with each feed-forward layer, and the folders they leave. */
@SuppressWarnings("try") // NoGrad is there to be closed
@ExtendWith(OneThread.class)
final class FeedForwardRunTest {
  @TempDir Path folder;

  /** Those that differ in their weights: most gates don't. */
  static Stream<Kind> all() {
    return FeedForwardSamples.all().stream()
        .filter(kind -> !kind.kind().equals("gated") || kind.options().size() != 1);
  }

  private Path train(Kind encoder, Kind decoder, String... more) {
    Stream<String> settings =
        Stream.of(
            "model.feedForward=" + written(encoder),
            "model.decoderFeedForward=" + written(decoder),
            "model.encoder=2",
            "model.decoder=2",
            "data.train=60",
            "data.valid=4",
            "train.steps=10",
            "train.validateEvery=10",
            "train.schedule.warmup=2",
            "train.logEvery=1");
    Recipe recipe =
        Tiny.recipe(folder, Stream.concat(settings, Stream.of(more)).toArray(String[]::new));
    Path out = folder.resolve("out");
    assertEquals(Trainer.End.FINISHED, Tiny.train(recipe, out));
    return out;
  }

  private static String written(Kind kind) {
    Map<String, Object> section = new LinkedHashMap<>(kind.options());
    section.put("kind", kind.kind());
    return Configs.toLine(section);
  }

  private static List<JsonNode> updates(Path out) throws IOException {
    return Files.readAllLines(out.resolve("metrics.jsonl")).stream()
        .map(FeedForwardRunTest::json)
        .filter(line -> line.has("loss"))
        .toList();
  }

  private static JsonNode json(String line) {
    try {
      return new JsonMapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** It learns, and what it wrote is read back, computes the same and is written again. */
  @ParameterizedTest
  @MethodSource("all")
  void tenStepsAndTheFolderTheyLeave(Kind kind) throws IOException {
    boolean causal = FeedForwardSamples.causal().contains(kind);
    Path out = train(kind, causal ? Kind.of("same") : Kind.of("dense"));
    List<JsonNode> updates = updates(out);
    double first = updates.get(0).path("loss").asDouble();
    double last = updates.get(updates.size() - 1).path("loss").asDouble();
    assertTrue(last < first, first + " to " + last);

    boolean marian = kind.kind().equals("dense");
    String config = Files.readString(out.resolve("config.json"));
    assertTrue(config.contains(marian ? "MarianMTModel" : "HeedTransformer"), config);
    Transformer model = (Transformer) ModelFolder.model(out, Device.CPU);
    model.training(false);
    ModelFolder.save(folder.resolve("again"), model);
    Transformer again = (Transformer) ModelFolder.model(folder.resolve("again"), Device.CPU);
    again.training(false);
    assertEquals(model.config(), again.config());
    try (NoGrad off = NoGrad.on()) {
      assertArrayEquals(
          decoded(model, memory(model)).toFloats(), decoded(again, memory(again)).toFloats());
    }
    stepsEqualTheWhole(model);
  }

  private static final int T = 9;

  private static Tensor source() {
    return ids(11, 5);
  }

  private static Tensor ids(int length, int step) {
    int[] ids = new int[2 * length];
    for (int i = 0; i < ids.length; i++) ids[i] = 4 + i * step % 13;
    return Tensor.of(ids, 2, length);
  }

  private static Memory memory(Transformer model) {
    return model.encode(source(), Optional.empty());
  }

  private static Tensor decoded(Transformer model, Memory memory) {
    Tensor ids = ids(T, 7);
    return model.decode(ids, memory, Pass.whole(ids, Mask.NONE)); // (B, T, D)
  }

  /** Written token by token, of two hypotheses, of which one is left at each step. */
  private static void stepsEqualTheWhole(Transformer model) {
    Tensor ids = ids(T, 7);
    try (NoGrad off = NoGrad.on();
        BeamPass pass = new BeamPass(new int[2], 1, 2, T, Device.CPU)) {
      Memory memory = memory(model);
      Tensor expected = decoded(model, memory);
      Tensor first = model.decode(ids.narrow(1, 0, 1), memory, pass);
      assertClose("first", expected.narrow(1, 0, 1), first, 1e-4, 1e-5);
      for (int t = 1; t < T; t++) {
        int other = t % 2;
        pass.advance(new int[] {other, other, other, other});
        Tensor token = ids.narrow(1, t, 1);
        Tensor astray = ids.narrow(1, (t + 3) % T, 1);
        Tensor step =
            model.decode(
                Tensor.cat(1, other == 0 ? List.of(astray, token) : List.of(token, astray)),
                memory,
                pass);
        assertClose(
            "step " + t, expected.narrow(1, t, 1), step.narrow(1, 1 - other, 1), 1e-4, 1e-5);
      }
    }
  }

  @Test
  void theLogTellsHowRoutersDo() throws IOException {
    Kind tight =
        new Kind("experts", Map.of("experts", 4, "routing", "switch", "capacity", 1, "every", 2));
    Path out = train(tight, Kind.of("dense"));
    for (JsonNode line : updates(out)) {
      double dropped = line.path("routerDropped").asDouble(-1);
      assertTrue(dropped > 0 && dropped < 1, line.toString());
      double entropy = line.path("routerEntropy").asDouble(-1);
      assertTrue(entropy > 0 && entropy <= Math.log(4) + 1e-6, line.toString());
      assertTrue(line.path("routerLoss").asDouble() > 0, line.toString());
      JsonNode tokens = line.path("expertTokens");
      assertEquals(1, tokens.size());
      assertEquals(4, tokens.path("encoder.1.ffn").size());
    }
  }

  /** A heavy weight of the balance makes the router's shares more even. */
  @Test
  void theBalanceReachesTraining() throws IOException {
    double without = entropy(0);
    double with = entropy(30);
    assertTrue(with > without, without + " to " + with);
  }

  private double entropy(double balance) throws IOException {
    Map<String, Object> options =
        Map.of("experts", 4, "routing", "switch", "balance", balance, "z", 0);
    Path out = train(new Kind("experts", options), Kind.of("dense"), "train.steps=30");
    List<JsonNode> updates = updates(out);
    double entropy = updates.get(updates.size() - 1).path("routerEntropy").asDouble();
    Files.move(out, folder.resolve("out" + balance));
    return entropy;
  }

  /** {@code Shared} is made once for each stack. */
  @Test
  void aSharedLayerIsOne() throws IOException {
    Path out = train(Kind.of("shared"), Kind.of("same"));
    Transformer model = (Transformer) ModelFolder.model(out, Device.CPU);
    List<String> maps =
        model.parameters().keySet().stream().filter(name -> name.contains("ffn.in.w")).toList();
    assertEquals(List.of("encoder.0.ffn.in.weight", "decoder.0.ffn.in.weight"), maps);
  }
}
