package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Text encoders that begin here: what is saved loads again. The folders stay under {@code
 * target/created}, for {@code fixtures/from_pretrained.py} to compare with Hugging Face's library.
 */
@ExtendWith(OneThread.class)
final class CreatedEncodersTest {
  private static final Path FOLDER = Path.of("target", "created");
  private static final String SIZES =
      """
      "vocab_size": 31, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
      "intermediate_size": 24, "max_position_embeddings": 20""";
  private static final Map<String, String> CONFIGS =
      Map.of(
          "bert",
          SIZES,
          "roberta",
          SIZES + ", \"tie_word_embeddings\": false",
          "distilbert",
          "\"vocab_size\": 31, \"dim\": 16, \"n_layers\": 2, \"n_heads\": 2, \"hidden_dim\": 24,"
              + " \"max_position_embeddings\": 20",
          "albert",
          SIZES + ", \"embedding_size\": 8, \"num_hidden_groups\": 2",
          "electra",
          SIZES + ", \"embedding_size\": 8",
          "deberta-v2",
          SIZES
              + ", \"relative_attention\": true, \"pos_att_type\": [\"c2p\", \"p2c\"],"
              + " \"position_buckets\": 4, \"norm_rel_ebd\": \"layer_norm\","
              + " \"conv_kernel_size\": 3, \"type_vocab_size\": 2",
          "convbert",
          SIZES + ", \"embedding_size\": 8, \"conv_kernel_size\": 3, \"num_groups\": 2",
          "big_bird",
          SIZES + ", \"rescale_embeddings\": true, \"use_bias\": false",
          "longformer",
          SIZES + ", \"attention_window\": 4",
          "xlnet",
          "\"vocab_size\": 31, \"d_model\": 16, \"n_layer\": 2, \"n_head\": 2, \"d_inner\": 24");

  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree("{" + text + "}");
  }

  static Stream<String> architectures() {
    return Architectures.all().stream()
        .filter(architecture -> CONFIGS.containsKey(architecture.type()))
        .map(architecture -> architecture.name());
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void whatIsSavedLoadsAgain(String name) throws IOException {
    ObjectNode config = json(CONFIGS.get(Architectures.of(name).type()));
    if (name.endsWith("Classification")) config.put("num_labels", 3);
    Checkpoint made = Checkpoint.create(name, config);
    Path folder = Files.createDirectories(FOLDER.resolve(name));
    made.save(folder);
    Map<String, Tensor> io = new LinkedHashMap<>(inputs());
    Map<String, Tensor> outputs = outputs(made);
    io.putAll(outputs);
    SafeTensors.write(folder.resolve("io.safetensors"), io);

    Checkpoint loaded = Checkpoint.load(folder, Device.CPU);
    assertEquals(made.config(), loaded.config());
    assertEquals(made.weights().keySet(), loaded.weights().keySet());
    outputs(loaded)
        .forEach(
            (output, value) ->
                assertArrayEquals(outputs.get(output).toFloats(), value.toFloats(), output));
  }

  private static Map<String, Tensor> inputs() {
    return Map.of(
        "input_ids", Tensor.of(new int[] {5, 9, 2, 2, 30, 2, 6, 8, 19, 2, 2, 2}, 2, 6),
        "attention_mask", Tensor.of(new int[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0}, 2, 6));
  }

  /** By Hugging Face's names, as far as they are the same for all heads. */
  private static Map<String, Tensor> outputs(Checkpoint checkpoint) {
    TextModel model = (TextModel) checkpoint.model();
    model.training(false);
    Map<String, Tensor> in = inputs();
    TextInput input =
        new TextInput(
            in.get("input_ids"), Optional.of(in.get("attention_mask").ne(0)), Optional.empty());
    Tensor hidden = model.encode(input);
    Map<String, Tensor> outputs = new LinkedHashMap<>();
    for (Task task : List.of(Task.MASKED_LM, Task.SEQUENCE, Task.TOKENS))
      if (model.has(task)) outputs.put(lm(checkpoint, task), model.answer(task, hidden));
    if (model.has(Task.NEXT_SENTENCE) && !model.has(Task.MASKED_LM))
      outputs.put("logits", model.answer(Task.NEXT_SENTENCE, hidden));
    if (model.has(Task.REPLACED))
      outputs.put("logits", model.answer(Task.REPLACED, hidden).squeeze(-1));
    if (model.has(Task.SPAN))
      outputs.put("start_logits", model.answer(Task.SPAN, hidden).select(2, 0));
    if (model.has(Task.POOLED) && outputs.isEmpty())
      outputs.put("pooler_output", model.answer(Task.POOLED, hidden));
    if (outputs.isEmpty()) outputs.put("last_hidden_state", hidden);
    return outputs;
  }

  private static String lm(Checkpoint checkpoint, Task task) {
    boolean pretraining = checkpoint.architecture().name().endsWith("ForPreTraining");
    return task == Task.MASKED_LM && pretraining ? "prediction_logits" : "logits";
  }

  @Test
  void weightsOfOtherClassesLoadUnderFreshHeads(@TempDir Path temporary) throws IOException {
    for (String type : List.of("Bert", "Roberta", "Albert")) {
      Path folder = Files.createDirectories(temporary.resolve(type));
      Checkpoint made =
          Checkpoint.create(type + "ForMaskedLM", json(CONFIGS.get(type.toLowerCase(Locale.ROOT))));
      made.save(folder);
      Checkpoint loaded = Checkpoint.load(folder, type + "ForSequenceClassification", Device.CPU);
      assertFalse(loaded.fresh().isEmpty());
      loaded
          .weights()
          .forEach(
              (name, weight) -> {
                if (!loaded.fresh().contains(name))
                  assertArrayEquals(made.weights().get(name).toFloats(), weight.toFloats(), name);
              });
      // A class that needs less than another has written passes the rest over.
      loaded.save(folder);
      assertEquals(
          List.of(),
          Checkpoint.load(folder, type + "Model", Device.CPU).fresh().stream()
              .filter(name -> !name.contains("pooler"))
              .toList());
    }
  }

  @Test
  void flagsThatWouldBeIgnoredAreRefused() {
    Map<String, String> refused =
        Map.of(
            "RobertaModel", "\"is_decoder\": true",
            "BertModel", "\"position_embedding_type\": \"relative_key\"",
            "XLNetModel", "\"bi_data\": true");
    refused.forEach(
        (name, flag) -> {
          UserError error =
              Assertions.assertThrows(
                  UserError.class, () -> Checkpoint.create(name, json(flag)), name);
          assertEquals(true, flag.contains(error.getMessage().split(" ")[0]), error.getMessage());
        });
  }
}
