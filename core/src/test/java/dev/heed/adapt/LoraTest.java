package dev.heed.adapt;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.Peft;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OneThread.class)
final class LoraTest {
  private static final Tensor IDS = Tensor.of(new int[] {2, 7, 9, 30, 3}, 1, 5);
  private static final Lora.Config CONFIG = Lora.Config.of(4, 8, 0.1, List.of("query", "value"));

  private Checkpoint checkpoint;

  @BeforeEach
  void load() {
    Randomness.seed(11);
    checkpoint = Checkpoint.load(Fixtures.folder("hf/bert-cls"), Device.CPU);
  }

  private static Tensor answer(Checkpoint checkpoint) {
    TextModel model = (TextModel) checkpoint.model();
    model.training(false);
    try (NoGrad off = NoGrad.on()) {
      return model.answer(TextModel.Task.SEQUENCE, model.encode(TextInput.of(IDS)));
    }
  }

  private static void learn(Lora lora) {
    try (NoGrad off = NoGrad.on()) {
      lora.weights().values().forEach(weight -> weight.normal_(0, 0.3));
    }
  }

  @Test
  void atFirstItChangesNothingAndAloneIsTrained() {
    Tensor before = answer(checkpoint);
    Lora lora = Lora.add(checkpoint.model(), checkpoint::stored, CONFIG);
    assertClose("logits", before, answer(checkpoint), 0, 0);
    assertEquals(
        Set.copyOf(lora.weights().values()), Set.copyOf(checkpoint.model().trained().values()));
    assertTrue(
        lora.weights()
            .containsKey(
                "base_model.model.bert.encoder.layer.1.attention.self.value.lora_A.weight"),
        lora.weights().keySet().toString());
  }

  /** Queries, keys and values of one matrix have different numbers of rows there. */
  @Test
  void sharedKeysAreAdaptedAlone() {
    Checkpoint llama = Checkpoint.load(Fixtures.folder("hf/llama"), Device.CPU);
    Map<String, Tensor> before = copies(llama.weights());
    Lora.Config keys = Lora.Config.of(4, 8, 0, List.of("k_proj"));
    Lora lora = Lora.add(llama.model(), llama::stored, keys);
    learn(lora);
    lora.leave();
    llama
        .weights()
        .forEach(
            (name, weight) ->
                assertEquals(
                    name.contains("k_proj"), weight.sub(before.get(name)).norm().item() > 0, name));
  }

  private static Map<String, Tensor> copies(Map<String, Tensor> weights) {
    return weights.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, weight -> weight.getValue().copy()));
  }

  @Test
  void mergedItGivesTheSame() {
    Tensor before = answer(checkpoint);
    Lora lora = Lora.add(checkpoint.model(), checkpoint::stored, CONFIG);
    learn(lora);
    Tensor learned = answer(checkpoint);
    assertTrue(learned.sub(before).norm().item() > 0.01, "it changes what the model says");
    lora.leave();
    assertClose("logits", learned, answer(checkpoint), 1e-5, 1e-6);
    assertTrue(
        checkpoint.model().parameters().keySet().stream().noneMatch(n -> n.contains("lora")));
  }

  @Test
  void itIsWrittenAndReadInThePeftLayout(@TempDir Path folder) {
    Lora lora = Lora.add(checkpoint.model(), checkpoint::stored, CONFIG);
    learn(lora);
    Tensor learned = answer(checkpoint);
    Peft.save(folder, lora, Map.of(), checkpoint.architecture().name(), Path.of("base"));
    load();
    Peft.load(folder, checkpoint);
    assertClose("logits", learned, answer(checkpoint), 0, 0);
  }

  @Test
  void updatesOfAnotherModelAreRefused(@TempDir Path folder) {
    Lora lora = Lora.add(checkpoint.model(), checkpoint::stored, CONFIG);
    Peft.save(folder, lora, Map.of(), checkpoint.architecture().name(), Path.of("base"));
    Checkpoint other =
        Checkpoint.create(
            checkpoint.architecture().name(),
            checkpoint.config().deepCopy().put("hidden_size", 16));
    UserError error = assertThrows(UserError.class, () -> Peft.load(folder, other));
    assertTrue(error.getMessage().contains("is of another model: "), error.getMessage());
    assertTrue(
        error.getMessage().contains("self.query.lora_A.weight is [4, 32], not [4, 16]"),
        error.getMessage());
  }

  @Test
  void mapsThatThereAreNotAreNamed() {
    UserError error =
        assertThrows(
            UserError.class,
            () ->
                Lora.add(
                    checkpoint.model(),
                    checkpoint::stored,
                    Lora.Config.of(4, 8, 0, List.of("c_attn"))));
    assertTrue(error.getMessage().startsWith("no map is called c_attn: there are bert.encoder"));
  }
}
