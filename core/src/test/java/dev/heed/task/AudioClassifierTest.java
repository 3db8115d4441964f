package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.Sound;
import dev.heed.hub.SafeTensors;
import dev.heed.task.Classifier.Classes;
import dev.heed.task.Classifier.Options;
import dev.heed.task.Classifier.Scored;
import dev.heed.task.Classifier.Scores;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link AudioClassifier} against transformers' pipeline, and the Keyword Transformer's logits. */
@ExtendWith(OneThread.class)
final class AudioClassifierTest {
  private static final Path FOLDER = Fixtures.folder("hf/speech_classes");
  private static final Path KEYWORDS = Fixtures.folder("kws/keyword_transformer");
  private static final double ALL = Double.NEGATIVE_INFINITY;

  private static Options options(Scores scores, int nBest, TooLong tooLong) {
    return new Options(scores, nBest, ALL, tooLong, 2);
  }

  @Test
  void scoresAreTransformers() throws IOException {
    JsonNode cases = new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile());
    List<Sound> sounds = new ArrayList<>();
    for (JsonNode one : cases) sounds.add(Sound.read(FOLDER.resolve(one.path("sound").asText())));
    try (AudioClassifier loaded = AudioClassifier.load(FOLDER, Device.CPU)) {
      AudioClassifier all = loaded.with(options(Scores.SOFTMAX, 99, TooLong.FAIL));
      List<Classes> told = all.classify(sounds, 1, done -> {});
      for (int i = 0; i < told.size(); i++) {
        JsonNode labels = cases.get(i).path("labels");
        assertEquals(labels.size(), told.get(i).labels().size());
        for (int j = 0; j < labels.size(); j++) {
          Scored one = told.get(i).labels().get(j);
          assertEquals(labels.get(j).path("label").asText(), one.label());
          assertEquals(labels.get(j).path("score").asDouble(), one.score(), 1e-5);
        }
        assertEquals(labels.at("/0/label").asText(), loaded.classify(sounds.get(i)).label());
      }
    }
  }

  @Test
  void keywordsAreHeardInAFolderAsItWasTrained() {
    try (Scope scope = Scope.open();
        AudioClassifier loaded = AudioClassifier.load(KEYWORDS, Device.CPU)) {
      Map<String, Tensor> io = SafeTensors.open(KEYWORDS.resolve("io.safetensors")).all();
      int rows = (int) io.get("input_values").size(0);
      AudioClassifier logits = loaded.with(options(Scores.NONE, 99, TooLong.CUT));
      for (int row = 0; row < rows; row++) {
        float[] samples = io.get("input_values").select(0, row).toFloats();
        float[] expected = io.get("logits").select(0, row).toFloats();
        Sound sound = new Sound(samples, 8000);
        for (Scored one : classes(logits, sound).labels())
          assertEquals(expected[loaded.labels().indexOf(one.label())], one.score(), 1e-4);
        Sound longer = new Sound(Arrays.copyOf(samples, samples.length + 100), 8000);
        assertEquals(classes(logits, sound).labels(), classes(logits, longer).labels());
        assertTrue(classes(logits, longer).cut());
        assertFalse(classes(logits, sound).cut());
        String refused = assertThrows(UserError.class, () -> loaded.classify(longer)).getMessage();
        assertTrue(
            refused.contains("recording 1 lasts 0.21 s, and the model hears 0.20 s"), refused);
      }
    }
  }

  private static Classes classes(AudioClassifier classifier, Sound sound) {
    return classifier.classify(List.of(sound), 1, done -> {}).get(0);
  }

  @Test
  void silenceFillsShortRecordings() {
    try (AudioClassifier loaded = AudioClassifier.load(KEYWORDS, Device.CPU)) {
      Sound click = new Sound(new float[] {0.5f}, 8000);
      Sound filled = new Sound(Arrays.copyOf(click.samples(), 1600), 8000);
      assertEquals(loaded.classify(filled), loaded.classify(click));
    }
  }

  @Test
  void aModelThatDoesNotClassifySoundIsOneSentence() {
    for (String other : List.of("hf/speech_ctc", "hf/vit", "hf/bert-cls")) {
      Path folder = Fixtures.folder(other);
      String refused =
          assertThrows(UserError.class, () -> AudioClassifier.load(folder, Device.CPU))
              .getMessage();
      assertTrue(refused.contains("doesn't classify sound"), refused);
    }
  }
}
