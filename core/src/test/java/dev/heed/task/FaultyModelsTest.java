package dev.heed.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.hub.SafeTensors;
import dev.heed.recipe.Tiny;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model folder with a fault is refused in one sentence that names the file. */
@ExtendWith(OneThread.class)
final class FaultyModelsTest {
  private static final List<String> FILES =
      List.of("config.json", "model.safetensors", "tokenizer.json", "decode.json");

  @TempDir private static Path good;
  @TempDir private Path dir;

  @BeforeAll
  static void train() {
    Tiny.train(Tiny.recipe(good, "train.steps=2"), good);
  }

  @BeforeEach
  void copy() throws IOException {
    for (String name : FILES) Files.copy(good.resolve(name), dir.resolve(name));
  }

  private String refused() {
    String message =
        assertThrows(UserError.class, () -> Translator.load(dir, Device.CPU)).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private void refused(String... parts) {
    String message = refused();
    for (String part : parts) assertTrue(message.contains(part), message);
  }

  private void edit(String name, String from, String to) throws IOException {
    String text = Files.readString(dir.resolve(name));
    String edited = text.replaceAll(from, to);
    assertTrue(!edited.equals(text), from);
    Files.writeString(dir.resolve(name), edited);
  }

  @ParameterizedTest
  @CsvSource({"config.json", "model.safetensors", "tokenizer.json"})
  void aFileThatIsMissing(String name) throws IOException {
    Files.delete(dir.resolve(name));
    refused(dir.resolve(name).toString());
  }

  @Test
  void noFolder() throws IOException {
    String sentence =
        assertThrows(UserError.class, () -> Translator.load(dir.resolve("x"))).getMessage();
    assertEquals("there is no model folder " + dir.resolve("x"), sentence);
  }

  @ParameterizedTest
  @CsvSource({"config.json", "model.safetensors", "tokenizer.json", "decode.json"})
  void aFileThatIsCutShortOrNoise(String name) throws IOException {
    Path file = dir.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 3, whole.length / 2, whole.length - 3}) {
      Files.write(file, Arrays.copyOf(whole, length));
      if (length == 0 && name.equals("decode.json")) continue; // an empty file says nothing
      refused(file.toString());
    }
    byte[] noise = new byte[2000];
    new Random(1).nextBytes(noise);
    Files.write(file, noise);
    refused(file.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "d_model | 2147483648 | d_model is 2147483648, where a whole number below 2^31 is wanted",
        "d_model | -16 | d must be at least 1, not -16",
        "d_model | 1073741824 | one of the two files is another model's",
        "d_model | \"wide\" | d_model is \"wide\", where a whole number",
        "encoder_layers | 2000000000 | one of the two files is another model's",
        "max_position_embeddings | 2147483647 | one of the two files is another model's",
        "vocab_size | 2147483647 | one of the two files is another model's",
        "decoder_attention_heads | 3 | encoder_attention_heads (2) and decoder_attention_heads (3) differ",
        "..coder_attention_heads | 3 | heads (3) must divide d (16)",
        "dropout | 1.5 | dropout must be at least 0 and below 1, not 1.5",
        "model_type | \"bert\" | model_type is \"bert\"",
        "activation_function | \"wavy\" | no activation \"wavy\": known are",
        "eos_token_id | 2000 | special token id 2000 is outside the vocabulary",
        "scale_embedding | 2 | scale_embedding is 2, where boolean is wanted",
        "encoder_layerdrop | 0.1 | encoder_layerdrop (0.1) and decoder_layerdrop (0.0) differ",
        "placement | \"pre\" | make no MarianMTModel",
      })
  void aConfigThatIsImpossible(String key, String value, String expected) throws IOException {
    edit("config.json", "\"(" + key + "|decoder_" + key + ")\": [^,\n]*", "\"$1\": " + value);
    refused(dir.resolve("config.json").toString(), expected);
  }

  @Test
  void everyWeightThatDoesNotFitIsNamed() throws IOException {
    edit("config.json", "(coder_ffn_dim\": )32", "$124");
    String message = refused();
    for (String stack : List.of("encoder", "decoder"))
      for (String weight : List.of("fc1.weight", "fc1.bias", "fc2.weight"))
        assertTrue(message.contains("model." + stack + ".layers.0." + weight + " is ["), message);
    assertTrue(message.contains(dir.resolve("model.safetensors").toString()), message);
  }

  @Test
  void weightsThatAreMissingOrUnknownAreNamed() throws IOException {
    Map<String, Tensor> weights =
        new TreeMap<>(SafeTensors.open(dir.resolve("model.safetensors")).all());
    weights.put("extra", weights.remove("model.encoder.layers.0.fc1.bias"));
    SafeTensors.write(dir.resolve("model.safetensors"), weights);
    refused("missing model.encoder.layers.0.fc1.bias", "unknown extra");
  }

  @Test
  void aTokenizerThatIsLargerThanTheModel() throws IOException {
    edit(
        "tokenizer.json",
        "(\"added_tokens\" : \\[)",
        "$1 {\"id\": 50, \"content\": \"<more>\", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": true},");
    refused(dir + ": the source tokenizer has 51 tokens, but the model knows 50");
  }

  @Test
  void aRunThatIsNotFinished() throws IOException {
    Files.delete(dir.resolve("model.safetensors"));
    Files.createDirectories(dir.resolve("checkpoints/step-1"));
    refused(dir + " is a run that has not finished");
  }

  @Test
  void weightsThatAreNoNumbers() throws IOException {
    Map<String, Tensor> weights =
        new TreeMap<>(SafeTensors.open(dir.resolve("model.safetensors")).all());
    weights.put(
        "model.decoder.layers.0.fc2.bias", Tensor.full(Double.NaN, Dtype.FLOAT32, Device.CPU, 16));
    SafeTensors.write(dir.resolve("model.safetensors"), weights);
    try (Translator translator = Translator.load(dir, Device.CPU)) {
      String sentence =
          assertThrows(UserError.class, () -> translator.translate(List.of("1 May 1998")))
              .getMessage();
      assertTrue(sentence.startsWith("the model's scores are not numbers (NaN)"), sentence);
    }
  }
}
