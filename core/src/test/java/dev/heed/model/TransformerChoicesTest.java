package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.Configs;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.hub.Checkpoint;
import dev.heed.nn.Norms;
import dev.heed.nn.Placement;
import dev.heed.position.Positions;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every norm in every place, and every position: it is built, trained, saved and loaded. */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
final class TransformerChoicesTest {
  private static final int V = 12;

  @TempDir Path folder;

  static Stream<Arguments> choices() {
    Stream<Arguments> norms =
        Norms.names().stream()
            .flatMap(
                norm ->
                    Stream.of(Placement.values())
                        .map(place -> Arguments.of(norm, place, "sinusoidal")));
    Stream<Arguments> positions =
        Positions.names().stream().map(name -> Arguments.of("layer", Placement.PRE, name));
    return Stream.concat(norms, positions);
  }

  private static Transformer model(String... settings) {
    List<String> all =
        new ArrayList<>(List.of("d=16", "ffn=24", "heads=2", "encoder=2", "decoder=2", "tie=none"));
    all.addAll(List.of(settings));
    Randomness.seed(9);
    return new Transformer(
        Configs.parse("", "test", Transformer.Config.TINY, all), new Vocabulary(V, V, 0, 1, 2));
  }

  private static Tensor ids(int from) {
    int[] ids = new int[4 * 6];
    for (int i = 0; i < ids.length; i++)
      ids[i] = i % 6 > 3 + i / 6 % 3 ? 0 : 3 + (i * 5 + from) % 9;
    return Tensor.of(ids, 4, 6);
  }

  private static Tensor logits(Transformer model) {
    Tensor source = ids(0);
    Tensor target = ids(1);
    Memory memory = model.encode(source, model.real(source));
    return model
        .decode(target, memory, Pass.whole(target, Mask.NONE))
        .linear(model.outputWeight(), Optional.empty()); // (B, T, V)
  }

  private static double step(Transformer model, double rate) {
    try (Scope scope = Scope.open()) {
      Tensor labels = ids(0).unsqueeze(2); // (B, T, 1)
      Tensor loss = logits(model).logSoftmax(-1).gather(2, labels).mean().mul(-1);
      loss.backward();
      try (NoGrad off = NoGrad.on()) {
        for (Tensor weight : model.weights()) {
          weight.grad().ifPresent(slope -> weight.add_(slope, -rate));
          weight.clearGrad();
        }
      }
      return loss.item();
    }
  }

  @ParameterizedTest
  @MethodSource("choices")
  void isTrainedSavedAndLoaded(String norm, Placement placement, String position) {
    String way = position.equals("concatenated") ? "{kind: concatenated, width: 4}" : position;
    Transformer model =
        model("norm=" + norm, "placement=" + placement, "position=" + way, "dropPath=0.1");
    List<Double> losses = new ArrayList<>();
    double rate = norm.equals("power") ? 0.003 : 0.1; // its running mean has yet to learn the scale
    for (int i = 0; i < 10; i++) losses.add(step(model, rate));
    assertTrue(losses.stream().allMatch(Double::isFinite), losses.toString());
    assertTrue(losses.get(9) < 0.95 * losses.get(0), losses.toString());
    model.training(false);
    try (NoGrad off = NoGrad.on()) {
      Tensor expected = logits(model);
      Checkpoint.of(model.architecture(), model.stored(), model).save(folder);
      Transformer loaded = (Transformer) Checkpoint.load(folder, Device.CPU).model();
      assertEquals(model.config(), loaded.config());
      loaded.training(false);
      assertClose("logits", expected, logits(loaded), 0, 0);
    }
  }

  @Test
  void onlyWhatIsTrulyMarianOrPegasusIsCalledSo() {
    assertEquals("MarianMTModel", name());
    assertEquals("MarianMTModel", name("dropPath=0.1", "layerDrop=0.1", "embeddingDropout=0.3"));
    assertEquals("PegasusForConditionalGeneration", name("placement=pre", "tie=all"));
    for (String other :
        List.of(
            "norm=rms", "norm={kind: layer, eps: 1e-6}", "position=learned", "placement=sandwich"))
      for (String tie : List.of("tie=none", "tie=all"))
        assertEquals("HeedTransformer", name(other, tie), other);
  }

  private static String name(String... settings) {
    return model(settings).architecture().name();
  }

  /** With layers and sublayers left out, twice by one seed. */
  @Test
  void chanceIsTheSeeds() {
    for (Placement placement : Placement.values()) {
      String[] settings = {
        "placement=" + placement, "dropPath=0.5", "layerDrop=0.3", "dropout=0.2", "norm=power"
      };
      Transformer model = model(settings);
      Transformer other = model(settings);
      for (int i = 0; i < 3; i++) {
        Randomness.seed(i);
        double loss = step(model, 0.1);
        Randomness.seed(i);
        assertEquals(loss, step(other, 0.1), placement.toString());
      }
    }
  }

  @Test
  void embeddingsCanHaveADropoutOfTheirOwn() {
    Transformer model = model("dropout=0", "embeddingDropout=0.5", "layerDrop=0");
    Tensor source = ids(0);
    Tensor first = model.encode(source, model.real(source)).states();
    Tensor second = model.encode(source, model.real(source)).states();
    assertTrue(first.sub(second).norm().item() > 0.1);
    model.training(false);
    assertClose(
        "evaluation",
        model.encode(source, model.real(source)).states(),
        model.encode(source, model.real(source)).states(),
        0,
        0);
  }

  @Test
  void aKindWithOptionsIsReadBack() {
    Transformer model = model("norm={kind: scale, eps: 1e-4}", "position={kind: t5, buckets: 8}");
    Checkpoint.of(model.architecture(), model.stored(), model).save(folder);
    var config = ((Transformer) Checkpoint.load(folder, Device.CPU).model()).config();
    assertEquals(Kind.of("scale").kind(), config.norm().kind());
    assertEquals(model.config(), config);
  }

  /** What follows a router's losses back isn't there where nothing is kept. */
  @Test
  void reversibleLayersHaveNoExperts() {
    var error =
        assertThrows(UserError.class, () -> model("placement=reversible", "feedForward=experts"));
    assertEquals(
        "placement reversible keeps nothing of its layers for the losses of routers, which feedForward experts has: choose another of the two",
        error.getMessage());
    model("placement=reversible", "feedForward=shared");
  }
}
