package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.model.Transformer;
import dev.heed.model.Vocabulary;
import dev.heed.nn.Placement;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A {@link Transformer} on disk. */
final class TransformerFolderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(Transformer.Tie.class)
  void whatIsSavedLoadsTheSame(Transformer.Tie tie) {
    for (Placement placement : Placement.values())
      for (String attention : new String[] {"scaled_dot_product", "additive"}) {
        Transformer model = model(tie, placement, attention);
        save(model);
        Transformer loaded = (Transformer) Checkpoint.load(folder, Device.CPU).model();
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
    save(model(Transformer.Tie.ALL, Placement.POST, "scaled_dot_product"));
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"encoder_layers\": 1", "\"encoder_layers\": 2")
            .replace("_ffn_dim\": 16", "_ffn_dim\": 24"));
    UserError error = assertThrows(UserError.class, () -> Checkpoint.load(folder, Device.CPU));
    assertTrue(error.getMessage().contains("missing model.encoder.layers.1.fc1.weight"));
    assertTrue(
        error.getMessage().contains("model.encoder.layers.0.fc1.weight is [16, 8], not [24, 8]"));
    assertFalse(error.getMessage().contains("\n"));
  }

  private void save(Transformer model) {
    Checkpoint.of(model.architecture(), model.stored(), model).save(folder);
  }

  private static Transformer model(Transformer.Tie tie, Placement placement, String attention) {
    int target = tie == Transformer.Tie.ALL ? 20 : 30;
    List<String> settings =
        List.of(
            "d=8",
            "ffn=16",
            "heads=2",
            "encoder=1",
            "decoder=1",
            "attentionDropout=0.2",
            "activationDropout=0.3",
            "activation=gelu",
            "placement=" + placement,
            "attention=" + attention,
            "tie=" + tie,
            "positions=16");
    try (NoGrad off = NoGrad.on()) {
      return new Transformer(
          Configs.parse("", "test", Transformer.Config.TINY, settings),
          new Vocabulary(20, target, 0, 1, 2));
    }
  }
}
