package dev.heed.adapt;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.attention.Pass;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.model.Generation;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.nn.Activation;
import dev.heed.nn.Embedding;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link Adapter}, {@link Prefix} and {@link Prompt} train, and where they can't be had. */
@ExtendWith(OneThread.class)
final class AdditionsTest {
  private static final Adapter.Config BOTTLENECK =
      new Adapter.Config(Adapter.Place.PFEIFFER, 4, Activation.GELU);

  @BeforeEach
  void seed() {
    Randomness.seed(4);
  }

  private static Checkpoint load(String fixture) {
    return Checkpoint.load(Fixtures.folder("hf/" + fixture), Device.CPU);
  }

  private static Addition add(Checkpoint checkpoint, String kind) {
    Module model = checkpoint.model();
    return switch (kind) {
      case "houlsby" ->
          Adapter.add(
              model,
              checkpoint::stored,
              new Adapter.Config(Adapter.Place.HOULSBY, 4, Activation.GELU));
      case "pfeiffer" -> Adapter.add(model, checkpoint::stored, BOTTLENECK);
      case "prefix" -> Prefix.add(model, new Prefix.Config(3));
      default -> Prompt.add(model, new Prompt.Config(3));
    };
  }

  private static Tensor answer(TextModel model) {
    Tensor ids = Tensor.of(new int[] {2, 7, 9, 20, 3}, 1, 5);
    return model.answer(TextModel.Task.SEQUENCE, model.encode(TextInput.of(ids)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"pfeiffer", "prefix", "prompt"})
  void itAloneIsTrained(String kind) {
    Checkpoint checkpoint = load("bert-cls");
    TextModel model = (TextModel) checkpoint.model();
    model.training(false);
    Addition addition = add(checkpoint, kind);
    assertEquals(Set.copyOf(addition.weights().values()), Set.copyOf(model.trained().values()));
    answer(model).sum().backward();
    addition
        .weights()
        .forEach((name, weight) -> assertTrue(weight.grad().orElseThrow().norm().item() > 0, name));
    addition.leave();
    assertEquals(Set.of(), model.trained().keySet());
    assertEquals(load("bert-cls").weights().keySet(), checkpoint.weights().keySet());
  }

  @Test
  void houlsbysNormsAreTrainedToo() {
    Checkpoint checkpoint = load("bert-cls");
    add(checkpoint, "houlsby");
    assertTrue(
        checkpoint.model().trained().keySet().stream()
            .allMatch(name -> name.contains(".adapter.") || name.contains("orm.")),
        checkpoint.model().trained().keySet().toString());
  }

  @Test
  void bottlenecksBeginNearTheIdentity() {
    Checkpoint checkpoint = load("bert-cls");
    TextModel model = (TextModel) checkpoint.model();
    model.training(false);
    Tensor before = answer(model);
    add(checkpoint, "houlsby");
    assertClose("logits", before, answer(model), 0, 1e-3);
  }

  /** Steps with a cache see what a whole pass sees. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "gpt_neox"})
  void aPrefixStandsBeforeWhatIsGenerated(String fixture) {
    Checkpoint checkpoint = load(fixture);
    CausalLm model = (CausalLm) checkpoint.model();
    checkpoint.model().training(false);
    add(checkpoint, "prefix").weights().values().forEach(w -> fill(w));
    try (NoGrad off = NoGrad.on();
        Generation generation =
            Generation.of(model, Tensor.of(new int[] {5, 6, 7}, 1, 3), new int[1], 1, 4)) {
      generation.next(new int[] {0}, new int[] {0});
      Tensor step = generation.next(new int[] {8}, new int[] {0}); // (1, V)
      Tensor ids = Tensor.of(new int[] {5, 6, 7, 8}, 1, 4);
      Tensor whole = model.logits(model.decode(ids, Pass.whole(ids, Mask.NONE)));
      assertClose("logits", whole.select(1, 3), step, 1e-5, 1e-5);
    }
  }

  private static void fill(Tensor weight) {
    try (NoGrad off = NoGrad.on()) {
      weight.normal_(0, 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "prefix, bloom, in its scores (Alibi)",
    "prefix, t5-v1.1, in its scores (RelativeBias)",
    "prefix, bart, this model isn't one",
    "prefix, deberta-v2, this model isn't one",
    "prompt, gpt2, a Gpt2 isn't one",
    "houlsby, fnet, take pfeiffer",
    "pfeiffer, mixtral, this model has experts",
  })
  void whereItCannotBeHadIsSaidWhenItIsAdded(String kind, String fixture, String why) {
    UserError error = assertThrows(UserError.class, () -> add(load(fixture), kind));
    assertTrue(error.getMessage().contains(why), error.getMessage());
    assertEquals(1, error.getMessage().lines().count());
  }

  /** A prompt is put into the first table of embeddings that a model declares. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "albert",
        "bert-cls",
        "convbert",
        "deberta-v2",
        "distilbert",
        "electra",
        "fnet",
        "funnel",
        "gpt2-ner",
        "llama-cls",
        "longformer",
        "nystromformer",
        "reformer-local",
        "roberta",
        "xlnet"
      })
  void theFirstTableIsThatOfTokens(String fixture) {
    Checkpoint checkpoint = load(fixture);
    long[] rows = {0};
    checkpoint
        .model()
        .visit(
            "",
            (prefix, part) -> {
              if (rows[0] == 0 && part instanceof Embedding table) rows[0] = table.weight().size(0);
            });
    assertEquals(checkpoint.config().path("vocab_size").asInt(), rows[0]);
  }
}
