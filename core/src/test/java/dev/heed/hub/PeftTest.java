package dev.heed.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.adapt.Adapter;
import dev.heed.adapt.Addition;
import dev.heed.adapt.Lora;
import dev.heed.adapt.Prefix;
import dev.heed.adapt.Prompt;
import dev.heed.attention.Pass;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.model.CausalLm;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.model.TextModel.Task;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What PEFT wrote beside models, and what they answer with it. */
@ExtendWith(OneThread.class)
final class PeftTest {
  /** A folder of fixtures, and what is in it. */
  private static final Map<String, Class<? extends Addition>> KINDS =
      Map.of(
          "peft/lora", Lora.class,
          "peft/bottleneck", Adapter.class,
          "peft/prefix", Prefix.class,
          "peft/prompt", Prompt.class);

  static List<Arguments> folders() throws IOException {
    List<Arguments> folders = new ArrayList<>();
    for (var kind : KINDS.entrySet())
      try (Stream<Path> cases = Files.list(Fixtures.folder(kind.getKey()))) {
        cases.sorted().forEach(folder -> folders.add(Arguments.of(folder, kind.getValue())));
      }
    return folders;
  }

  @ParameterizedTest
  @MethodSource("folders")
  void modelsAnswerAsThere(Path folder, Class<? extends Addition> kind) throws IOException {
    Map<String, Tensor> io = SafeTensors.open(folder.resolve("io.safetensors")).all();
    Checkpoint checkpoint = base(folder);
    Tensor plain = logits(checkpoint, io);
    Addition addition = assertInstanceOf(kind, Peft.load(folder, checkpoint));
    Tensor tuned = logits(checkpoint, io);
    compare(io, tuned);

    addition.leave();
    Tensor left = logits(checkpoint, io);
    boolean head = Files.readString(folder.resolve("adapter_config.json")).contains("_CLS");
    if (addition.merges()) compare(io, left);
    else if (!head) assertArrayEquals(plain.toFloats(), left.toFloats());
  }

  @ParameterizedTest
  @MethodSource("folders")
  void whatIsReadIsWrittenTheSame(Path folder, Class<? extends Addition> kind, @TempDir Path again)
      throws IOException {
    Checkpoint checkpoint = base(folder);
    Addition addition = assertInstanceOf(kind, Peft.load(folder, checkpoint));
    Peft.save(again, addition, Map.of(), checkpoint.architecture().name(), Path.of("base"));
    Peft.load(again, base(folder));
    SafeTensors was = SafeTensors.open(folder.resolve("adapter_model.safetensors"));
    SafeTensors is = SafeTensors.open(again.resolve("adapter_model.safetensors"));
    assertTrue(was.names().containsAll(is.names()));
    for (String name : is.names())
      assertArrayEquals(was.tensor(name).toFloats(), is.tensor(name).toFloats(), name);
  }

  private static Checkpoint base(Path folder) throws IOException {
    JsonNode json = new ObjectMapper().readTree(folder.resolve("adapter_config.json").toFile());
    String base = json.path("base_model_name_or_path").asText();
    return Checkpoint.load(folder.resolve(base).normalize(), Device.CPU);
  }

  private static Tensor logits(Checkpoint checkpoint, Map<String, Tensor> io) {
    Tensor ids = io.get("input_ids");
    Tensor real = io.get("attention_mask").ne(0);
    checkpoint.model().training(false);
    try (NoGrad off = NoGrad.on()) {
      if (checkpoint.model() instanceof CausalLm causal)
        return causal.logits(causal.decode(ids, Pass.whole(ids, Mask.padding(real))));
      TextModel model = (TextModel) checkpoint.model();
      Task task = model.has(Task.SEQUENCE) ? Task.SEQUENCE : Task.TOKENS;
      return model.answer(
          task, model.encode(new TextInput(ids, Optional.of(real), Optional.empty())));
    }
  }

  /** Of tokens, the real ones. */
  private static void compare(Map<String, Tensor> io, Tensor logits) {
    Tensor expected = io.get("logits");
    assertArrayEquals(expected.shape(), logits.shape());
    Tensor difference = expected.sub(logits);
    if (expected.dims() == 3)
      difference = difference.maskedFill(io.get("attention_mask").eq(0).unsqueeze(2), 0);
    assertEquals(0, difference.abs().max().item(), 2e-5);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"bias\": \"none\" | \"bias\": \"all\" | bias is all; this reads none",
        "\"use_dora\": false | \"use_dora\": true | use_dora is true; this reads false",
        "\"peft_type\": \"LORA\" | \"peft_type\": \"IA3\" | peft_type is \"IA3\"; this reads LORA",
      })
  void whatWouldBeIgnoredIsRefused(String was, String is, String sentence, @TempDir Path folder)
      throws IOException {
    Path lora = Fixtures.folder("peft/lora/bert");
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors"))
      Files.copy(lora.resolve(file), folder.resolve(file));
    Path config = folder.resolve("adapter_config.json");
    Files.writeString(config, Files.readString(config).replace(was, is));
    UserError error = assertThrows(UserError.class, () -> Peft.load(folder, base(lora)));
    assertTrue(error.getMessage().contains(sentence), error.getMessage());
  }
}
