package dev.heed.hub;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.loss.LinearCrossEntropy;
import dev.heed.model.Transformer;
import dev.heed.model.Vocabulary;
import dev.heed.nn.Activation;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Transformer} against MarianMTModel and PegasusForConditionalGeneration. */
class TransformerFilesTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"hf/marian", "hf/pegasus"})
  void equalsHuggingFace(String subject) {
    Path fixture = Fixtures.folder(subject);
    Transformer model = TransformerFiles.load(fixture, Device.CPU);
    model.training(false);
    Map<String, Tensor> io = SafeTensors.open(fixture.resolve("io.safetensors")).all();

    Tensor ids = io.get("input_ids");
    Tensor input = io.get("decoder_input_ids");
    Memory encoded = model.encode(ids, model.real(ids));
    Tensor memory = encoded.states();
    Tensor hidden = model.decode(input, encoded, Pass.whole(input, Mask.NONE));
    Tensor logits = model.logits(hidden);
    Tensor real = io.get("attention_mask").unsqueeze(2).to(memory.dtype());
    assertClose("memory", io.get("encoder_last_hidden_state").mul(real), memory.mul(real), 1e-4, 0);
    Tensor decoded = io.get("decoder_attention_mask").unsqueeze(2).to(memory.dtype());
    assertClose("logits", io.get("logits").mul(decoded), logits.mul(decoded), 1e-4, 1e-5);

    long[] labels = io.get("labels").toLongs();
    int[] kept = IntStream.range(0, labels.length).filter(i -> labels[i] != -100).toArray();
    LinearCrossEntropy.Loss loss =
        new LinearCrossEntropy(0, -1)
            .of(
                hidden.view(-1, hidden.size(2)).indexSelect(0, Tensor.of(kept, kept.length)),
                model.outputWeight(),
                model.outputBias(),
                Tensor.of(IntStream.of(kept).mapToLong(i -> labels[i]).toArray(), kept.length),
                kept.length);
    assertEquals(io.get("loss").item(), loss.value().item(), 1e-3);
    loss.value().backward();
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    WeightNames names = TransformerFiles.names(model.config());
    model
        .parameters()
        .forEach((name, p) -> gradients.putAll(names.export(Map.of(name, p.grad().orElseThrow()))));
    int compared = 0;
    for (String name : io.keySet()) {
      if (!name.startsWith("grad.")) continue;
      assertClose(name, io.get(name), gradients.get(name.substring(5)), 1e-3, 1e-5);
      compared++;
    }
    assertTrue(compared > 0);
  }

  @ParameterizedTest
  @EnumSource(Transformer.Tie.class)
  void whatIsSavedLoadsTheSame(Transformer.Tie tie) {
    for (Transformer.Norm norm : Transformer.Norm.values())
      for (String attention : new String[] {"scaled_dot_product", "additive"}) {
        Transformer model = model(tie, norm, attention);
        TransformerFiles.save(model, folder);
        Transformer loaded = TransformerFiles.load(folder, Device.CPU);
        assertEquals(model.config(), loaded.config());
        assertEquals(model.vocabulary(), loaded.vocabulary());
        Map<String, Tensor> weights = loaded.parameters();
        model
            .parameters()
            .forEach(
                (name, tensor) ->
                    assertArrayEquals(tensor.toFloats(), weights.get(name).toFloats(), name));
      }
  }

  @Test
  void weightsThatDisagreeWithTheConfigAreAllNamed() throws IOException {
    TransformerFiles.save(
        model(Transformer.Tie.ALL, Transformer.Norm.POST, "scaled_dot_product"), folder);
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"encoder_layers\": 1", "\"encoder_layers\": 2")
            .replace("_ffn_dim\": 16", "_ffn_dim\": 24"));
    UserError error =
        assertThrows(UserError.class, () -> TransformerFiles.load(folder, Device.CPU));
    assertTrue(error.getMessage().contains("missing model.encoder.layers.1.fc1.weight"));
    assertTrue(
        error.getMessage().contains("model.encoder.layers.0.fc1.weight is [16, 8], not [24, 8]"));
    assertFalse(error.getMessage().contains("\n"));
  }

  private static Transformer model(Transformer.Tie tie, Transformer.Norm norm, String attention) {
    int target = tie == Transformer.Tie.ALL ? 20 : 30;
    try (NoGrad off = NoGrad.on()) {
      return new Transformer(
          new Transformer.Config(
              8, 16, 2, 1, 1, 0.1, 0.2, 0.3, Activation.GELU, norm, attention, tie, 16),
          new Vocabulary(20, target, 0, 1, 2));
    }
  }
}
