package dev.heed.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.SafeTensors;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link Whisper} against Hugging Face's. */
@ExtendWith(OneThread.class)
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
final class WhisperTest {
  @Test
  void equalsHuggingFace() {
    ModelParity.check("hf/whisper");
  }

  @Test
  void writesStepByStepWhatHuggingFaceWrites() throws IOException {
    Path folder = Fixtures.folder("hf/whisper");
    JsonNode settings =
        new ObjectMapper().readTree(folder.resolve("generation.json").toFile()).path("greedy");
    SafeTensors file = SafeTensors.open(folder.resolve("io.safetensors"));
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Whisper whisper = (Whisper) Checkpoint.load(folder, Device.CPU).model();
      whisper.training(false);
      Tensor expected = file.all().get("generate.greedy"); // (R, T)
      int rows = (int) expected.size(0);
      int steps = (int) expected.size(1) - 1;
      Tensor features = file.all().get("generate.input_features");
      int[][] written = new int[rows][steps + 1];
      for (int[] row : written) row[0] = settings.path("decoder_start_token_id").asInt();
      try (Generation generation = Generation.of(whisper, features, Optional.empty(), 1, steps)) {
        for (int step = 0; step < steps; step++) {
          int now = step;
          int[] newest = Arrays.stream(written).mapToInt(row -> row[now]).toArray();
          Tensor logits = generation.next(newest, new int[rows]); // (R, V)
          for (int row = 0; row < rows; row++)
            written[row][step + 1] = choose(logits, row, written[row], step, settings);
        }
      }
      long[] flat = Arrays.stream(written).flatMapToInt(Arrays::stream).asLongStream().toArray();
      assertEquals(boxed(expected.toLongs()), boxed(flat));
    }
  }

  private static int choose(Tensor logits, int row, int[] written, int step, JsonNode settings) {
    int eos = settings.path("eos_token_id").asInt();
    if (step > 0
        && (written[step] == eos || written[step] == settings.path("pad_token_id").asInt()))
      return settings.path("pad_token_id").asInt();
    float[] scores = logits.select(0, row).toFloats();
    settings.path("suppress_tokens").forEach(id -> scores[id.asInt()] = Float.NEGATIVE_INFINITY);
    if (step == 0)
      settings
          .path("begin_suppress_tokens")
          .forEach(id -> scores[id.asInt()] = Float.NEGATIVE_INFINITY);
    int best = 0;
    for (int id = 0; id < scores.length; id++) if (scores[id] > scores[best]) best = id;
    return best;
  }

  private static List<Long> boxed(long[] ids) {
    List<Long> list = new ArrayList<>();
    for (long id : ids) list.add(id);
    return Collections.unmodifiableList(list);
  }
}
