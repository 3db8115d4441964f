package dev.heed.model;

import dev.heed.Fixtures;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import dev.heed.OracleCases;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.SafeTensors;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link BigBird} against Hugging Face's. */
@ExtendWith(OneThread.class)
final class BigBirdTest {
  @ParameterizedTest
  @ValueSource(strings = {"hf/big_bird-block_sparse", "hf/big_bird-full", "hf/big_bird-qa"})
  void equalsHuggingFace(String folder) {
    ModelParity.check(folder);
  }

  /** The only time when there are random blocks. */
  @Test
  void equalsHuggingFaceInTraining() {
    Path folder = Fixtures.folder("hf/big_bird-training");
    TextModel model = (TextModel) Checkpoint.load(folder, Device.CPU).model();
    model.training(true);
    Map<String, Tensor> io = SafeTensors.open(folder.resolve("io.safetensors")).all();
    Tensor real = io.get("attention_mask").ne(0);
    Tensor hidden =
        model.encode(new TextInput(io.get("input_ids"), Optional.of(real), Optional.empty()));
    Tensor padding = real.logicalNot().unsqueeze(2);
    OracleCases.assertClose(
        "last_hidden_state",
        io.get("last_hidden_state").maskedFill(padding, 0),
        hidden.maskedFill(padding, 0),
        1e-5,
        0);
  }
}
