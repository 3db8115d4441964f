package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link Export} writes is read again. */
@ExtendWith(OneThread.class)
final class ExportTest {
  private static final Export.Options AS_IS = new Export.Options(Optional.empty(), Export.SHARD);

  @TempDir private Path folder;

  private static Checkpoint load(Path from) {
    return Checkpoint.load(from, Device.CPU);
  }

  @Test
  void shardsAreFullAndWhole() throws IOException {
    Path from = Fixtures.folder("hf/llama");
    Path out = folder.resolve("out");
    long most = 20_000;
    Export.write(load(from), from, out, new Export.Options(Optional.empty(), most));
    assertFalse(Files.exists(out.resolve(WeightFiles.SINGLE)));
    try (Stream<Path> files = Files.list(out)) {
      List<Path> shards =
          files.filter(f -> f.toString().endsWith(".safetensors")).sorted().toList();
      assertTrue(shards.size() > 2, shards.toString());
      assertEquals(
          "model-00001-of-%05d.safetensors".formatted(shards.size()),
          shards.get(0).getFileName().toString());
      for (Path shard : shards) {
        Map<String, Tensor> weights = SafeTensors.open(shard).all();
        long bytes = weights.values().stream().mapToLong(w -> 4 * w.count()).sum();
        assertTrue(bytes <= most || weights.size() == 1, shard + " has " + bytes);
      }
    }
    same(load(from).weights(), load(out).weights());
    assertTrue(Files.exists(out.resolve("generation_config.json")));
  }

  private static void same(Map<String, Tensor> expected, Map<String, Tensor> weights) {
    assertEquals(expected.keySet(), weights.keySet());
    expected.forEach(
        (name, weight) -> assertArrayEquals(weight.toFloats(), weights.get(name).toFloats(), name));
  }

  @ParameterizedTest
  @EnumSource(
      value = Dtype.class,
      names = {"FLOAT16", "BFLOAT16", "FLOAT32"})
  void theElementTypeIsChosenOrKept(Dtype dtype) {
    Path from = Fixtures.folder("hf/bert-cls");
    Path chosen = folder.resolve("chosen");
    Export.write(load(from), from, chosen, new Export.Options(Optional.of(dtype), Export.SHARD));
    Path kept = folder.resolve("kept");
    Export.write(load(chosen), chosen, kept, AS_IS);
    for (Path out : List.of(chosen, kept)) {
      SafeTensors file = SafeTensors.open(out.resolve(WeightFiles.SINGLE));
      for (String name : file.names()) assertEquals(dtype, file.dtype(name), name);
      assertEquals(
          dtype.name(), Checkpoint.config(out).path("dtype").asText().toUpperCase(Locale.ROOT));
    }
    load(kept)
        .weights()
        .forEach(
            (name, weight) ->
                assertArrayEquals(
                    load(from).weights().get(name).to(dtype).to(Dtype.FLOAT32).toFloats(),
                    weight.toFloats(),
                    name));
  }

  @Test
  void aModelIsNotWrittenOver() {
    Path from = Fixtures.folder("hf/bert-cls");
    Export.write(load(from), from, folder, AS_IS);
    UserError error =
        assertThrows(UserError.class, () -> Export.write(load(from), from, folder, AS_IS));
    assertTrue(error.getMessage().endsWith("holds a model: give another --out"));
  }

  /** The head comes from the adapter, and the model that it was learned for need not have one. */
  @Test
  void updatesAreMergedIntoAModelWithoutTheirHead() {
    Path with = Fixtures.folder("hf/bert-cls");
    Checkpoint bare = Checkpoint.load(with, "BertModel", Device.CPU);
    Path base = folder.resolve("base");
    bare.save(base);
    Path adapter = Fixtures.folder("peft/lora/bert");
    same(Peft.merged(adapter, with).weights(), Peft.merged(adapter, base).weights());
  }

  @Test
  void whatWeightsCannotHoldIsNotMerged() {
    Path prefix = Fixtures.folder("peft/prefix/bert");
    UserError error =
        assertThrows(UserError.class, () -> Peft.merged(prefix, Fixtures.folder("hf/bert-cls")));
    assertTrue(error.getMessage().contains("can't hold what PREFIX_TUNING"), error.getMessage());
  }

  @Test
  void updatesWithoutTheHeadThatIsLackingAreRefused() {
    Path base = folder.resolve("base");
    Checkpoint.load(Fixtures.folder("hf/bert-cls"), "BertModel", Device.CPU).save(base);
    Checkpoint wanted = Checkpoint.load(base, "BertForTokenClassification", Device.CPU);
    UserError error =
        assertThrows(UserError.class, () -> Peft.load(Fixtures.folder("peft/lora/bert"), wanted));
    assertTrue(error.getMessage().contains("is of another model: "), error.getMessage());
  }
}
