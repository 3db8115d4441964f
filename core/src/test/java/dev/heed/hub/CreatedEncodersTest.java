package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Text encoders that begin here, and are read as other classes of their type. */
@ExtendWith(OneThread.class)
final class CreatedEncodersTest {
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
          "albert",
          SIZES + ", \"embedding_size\": 8, \"num_hidden_groups\": 2");

  private static ObjectNode json(String text) throws IOException {
    return (ObjectNode) new ObjectMapper().readTree("{" + text + "}");
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
