package dev.heed.model;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The classes around decoders. */
@ExtendWith(OneThread.class)
final class DecoderFamilyTest {
  private static final Set<String> TYPES =
      Set.of(
          "llama",
          "mistral",
          "qwen2",
          "gemma",
          "gptj",
          "gpt_neox",
          "bloom",
          "mpt",
          "mixtral",
          "gpt2");

  /** Small, whatever a family calls its sizes. */
  private static ObjectNode small() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    for (String width : new String[] {"hidden_size", "n_embd", "d_model"}) json.put(width, 16);
    for (String layers : new String[] {"num_hidden_layers", "n_layer", "n_layers"})
      json.put(layers, 2);
    for (String heads : new String[] {"num_attention_heads", "n_head", "n_heads"})
      json.put(heads, 2);
    return json.put("vocab_size", 20)
        .put("intermediate_size", 24)
        .put("num_key_value_heads", 1)
        .put("head_dim", 8)
        .put("rotary_dim", 4)
        .put("num_local_experts", 3)
        .put("num_labels", 3);
  }

  static Stream<String> textClassifiers() {
    return Architectures.all().stream()
        .filter(a -> TYPES.contains(a.type()) && a.name().endsWith("ForSequenceClassification"))
        .map(Architecture::name);
  }

  @ParameterizedTest
  @MethodSource("textClassifiers")
  void textsAreClassifiedByTheirLastTokens(String name) {
    TextModel model = (TextModel) Checkpoint.create(name, small()).model();
    model.training(false);
    Tensor bare = Tensor.of(new int[] {3, 7, 5}, 1, 3);
    Tensor padded = Tensor.of(new int[] {3, 7, 5, 0, 0}, 1, 5);
    Tensor real = Tensor.of(new boolean[] {true, true, true, false, false}, 1, 5);
    Tensor expected = model.answer(Task.SEQUENCE, model.encode(TextInput.of(bare))); // (1, L)
    Tensor actual =
        model.answer(
            Task.SEQUENCE,
            model.encode(new TextInput(padded, Optional.of(real), Optional.empty())));
    assertEquals(3, expected.size(1));
    assertClose("logits", expected, actual, 1e-5, 1e-6);
  }

  @Test
  void everyFamilyHasItsClassifier() {
    assertEquals(TYPES.size(), textClassifiers().count());
  }

  @Test
  void aModelWithoutScoresHasNoWeightsForThem() {
    var names = Checkpoint.create("GPTJForSequenceClassification", small()).weights().keySet();
    assertTrue(names.contains("score.weight") && names.contains("transformer.wte.weight"));
    assertTrue(names.stream().noneMatch(name -> name.startsWith("lm_head")), names::toString);
    var plain = Checkpoint.create("LlamaModel", small()).weights().keySet();
    assertTrue(plain.contains("embed_tokens.weight") && plain.contains("norm.weight"));
  }

  @Test
  void whatIsNotComputedIsRefused() {
    ObjectNode json = small();
    json.putObject("attn_config").put("qk_ln", true);
    var error = assertThrows(UserError.class, () -> Checkpoint.create("MptForCausalLM", json));
    assertEquals(
        "attn_config.qk_ln is true, and this model has it only as false", error.getMessage());
  }

  @Test
  void nullIsNoValueWhereOneMayBeMissing() {
    Mistral.Config silent = Mistral.Config.MISTRAL_7B;
    assertEquals(4096, silent.window().getAsInt());
    ObjectNode json = small().putNull("sliding_window").putNull("num_key_value_heads");
    var names = Checkpoint.create("MistralForCausalLM", json).weights();
    // Without groups of their own, keys have as many heads as queries.
    assertEquals(
        names.get("model.layers.0.self_attn.q_proj.weight").size(0),
        names.get("model.layers.0.self_attn.k_proj.weight").size(0));
  }
}
