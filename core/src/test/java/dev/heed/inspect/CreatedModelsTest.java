package dev.heed.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.SafeTensors;
import dev.heed.loss.CrossEntropy;
import dev.heed.model.Architecture;
import dev.heed.model.TextModel;
import dev.heed.nn.Module;
import dev.heed.optim.Optimizer;
import dev.heed.optim.OptimizerConfig;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Models of every class that begin here: what is saved loads again, untrained and after ten
 * updates. The folders stay under {@code target/created}, for {@code fixtures/from_pretrained.py}
 * to compare with Hugging Face's library.
 */
@ExtendWith(OneThread.class)
final class CreatedModelsTest {
  private static final Path FOLDER = Path.of("target", "created");
  private static final int STEPS = 10;
  private static final String TIE = "tie_word_embeddings";
  private static final String SHARE = "share_encoder_decoder_embeddings";

  /** Sizes and inputs of each type are those of a fixture. */
  private static final Map<String, String> FIXTURES =
      Stream.of(
              "albert",
              "bart",
              "bert-mlm",
              "big_bird-full",
              "bloom",
              "clip",
              "convbert",
              "deberta-v2",
              "distilbert",
              "electra",
              "fnet",
              "funnel",
              "gemma",
              "gpt2",
              "gpt_neox",
              "gptj",
              "keyword_transformer",
              "llama",
              "longformer",
              "marian",
              "mbart",
              "mistral",
              "mixtral",
              "mpt",
              "nystromformer",
              "pegasus",
              "pvt",
              "pvt_v2",
              "qwen2",
              "reformer-local",
              "roberta",
              "swin",
              "switch_transformers",
              "t5-v1.1",
              "vit",
              "wav2vec2_conformer",
              "whisper",
              "xlnet")
          .map(name -> (name.equals("keyword_transformer") ? "kws/" : "hf/") + name)
          .collect(
              Collectors.toMap(
                  name -> Checkpoint.config(Fixtures.folder(name)).path("model_type").asText(),
                  name -> name));

  /**
   * A class and what is changed in the fixture's config.
   *
   * @param variant empty, or a word for the change
   */
  record Case(String name, String variant, Map<String, Object> change) {
    @Override
    public String toString() {
      return name + variant;
    }
  }

  private static final Set<String> INPUTS =
      Set.of(
          "input_ids",
          "attention_mask",
          "token_type_ids",
          "global_attention_mask",
          "decoder_input_ids",
          "decoder_attention_mask",
          "pixel_values",
          "input_features",
          "input_values");

  static Stream<Case> cases() {
    return Architectures.all().stream().map(Architecture::name).flatMap(CreatedModelsTest::cases);
  }

  /** Where tokens are scored, by the embeddings and by a matrix of its own. */
  private static Stream<Case> cases(String name) {
    Case as = new Case(name, "", Map.of());
    Case tied = new Case(name, "-tied", Map.of(TIE, true));
    Case untied = new Case(name, "-untied", Map.of(TIE, false));
    if (name.equals("MarianMTModel"))
      return Stream.of(
          as,
          new Case(name, "-target", Map.of(SHARE, false)),
          new Case(name, "-untied", Map.of(SHARE, false, TIE, false)));
    if (name.startsWith("Pegasus") || name.startsWith("Reformer")) return Stream.of(as);
    return name.matches(".*(LM|LMHeadModel|Generation|BertForPreTraining)")
        ? Stream.of(tied, untied)
        : Stream.of(as);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsSavedLoadsAgain(Case made) {
    Randomness.seed(7);
    try (Scope scope = Scope.open()) {
      String type = Architectures.of(made.name()).type();
      Path fixture = Fixtures.folder(fixture(type));
      ObjectNode config = config(fixture, type);
      config.setAll(new ObjectMapper().<ObjectNode>valueToTree(made.change()));
      if (made.name().endsWith("QuestionAnswering")) config.remove("id2label");
      Checkpoint checkpoint = Checkpoint.create(made.name(), config);
      Map<String, Tensor> inputs = inputs(fixture);
      fit(inputs, checkpoint);
      check(checkpoint, inputs, FOLDER.resolve(made.toString()));
      train(checkpoint, inputs);
      check(checkpoint, inputs, FOLDER.resolve(made + "-trained"));
    }
  }

  /**
   * CLIP's towers are in its own; what Heed alone has takes Marian's sizes, as far as it knows
   * them.
   */
  private static String fixture(String type) {
    if (type.startsWith("heed-")) return FIXTURES.get("marian");
    return FIXTURES.get(type.replaceFirst("^clip_.*", "clip"));
  }

  /** Of CLIP's towers, the part of CLIP's. */
  private static ObjectNode config(Path fixture, String type) {
    ObjectNode config = Checkpoint.config(fixture);
    return type.startsWith("clip_")
        ? (ObjectNode) config.get(type.replaceAll("clip_(.*)_model", "$1_config"))
        : config;
  }

  private static Map<String, Tensor> inputs(Path fixture) {
    Map<String, Tensor> inputs = SafeTensors.open(fixture.resolve("io.safetensors")).all();
    inputs.keySet().retainAll(INPUTS);
    return inputs;
  }

  private static Map<String, Tensor> outputs(Checkpoint checkpoint, Map<String, Tensor> inputs) {
    ParityRun run = ParityRun.of(checkpoint.model());
    return run.run(new ParityRun.Inputs(inputs, checkpoint.config(), Set.of()));
  }

  private static void check(Checkpoint checkpoint, Map<String, Tensor> inputs, Path folder) {
    checkpoint.save(folder);
    Checkpoint loaded = Checkpoint.load(folder, Device.CPU);
    assertEquals(checkpoint.config(), loaded.config());
    checkpoint.model().training(false);
    loaded.model().training(false);
    try (NoGrad off = NoGrad.on()) {
      Map<String, Tensor> io = new LinkedHashMap<>(inputs);
      Map<String, Tensor> again = outputs(loaded, inputs);
      ParityRun run = ParityRun.of(checkpoint.model());
      ParityRun.Inputs in = new ParityRun.Inputs(inputs, checkpoint.config(), Set.of());
      run.run(in)
          .forEach(
              (name, value) -> {
                assertArrayEquals(value.toFloats(), again.get(name).toFloats(), name);
                io.put("output." + name, value);
                run.real(name, in)
                    .filter(real -> stands(real, value))
                    .ifPresent(real -> io.put("real." + name, real));
              });
      SafeTensors.write(folder.resolve("io.safetensors"), io);
    }
  }

  /** Makes of a type's inputs those of a class. */
  private static void fit(Map<String, Tensor> inputs, Checkpoint checkpoint) {
    String name = checkpoint.architecture().name();
    boolean head = checkpoint.model() instanceof TextModel;
    // With a head, an encoder–decoder writes what it reads, and classifies by the end of it.
    if (head) inputs.keySet().removeIf(input -> input.startsWith("decoder_"));
    boolean writes = checkpoint.config().path("is_encoder_decoder").asBoolean();
    if (head && writes && name.endsWith("SequenceClassification")) {
      int end = checkpoint.config().path("eos_token_id").asInt();
      whole(inputs, checkpoint);
      inputs.computeIfPresent(
          "input_ids",
          (input, ids) -> {
            Tensor last = ids.narrow(1, 0, 1).mul(0).add(end).to(Dtype.INT64); // (B, 1)
            return Tensor.cat(1, List.of(ids.narrow(1, 1, ids.size(1) - 1), last));
          });
    }
    // Its vectors are fewer than its tokens, and those of padding are of no use.
    if (name.equals("FunnelBaseModel")) whole(inputs, checkpoint);
    if (name.endsWith("MultipleChoice"))
      inputs.replaceAll(
          (input, rows) -> { // (B, T) → (B, 2, T)
            Tensor other = rows.roll(new long[] {1}, 0);
            return Tensor.cat(1, List.of(rows.unsqueeze(1), other.unsqueeze(1)));
          });
  }

  /** Texts without padding, and without an end. */
  private static void whole(Map<String, Tensor> inputs, Checkpoint checkpoint) {
    int end = checkpoint.config().path("eos_token_id").asInt();
    int pad = checkpoint.config().path("pad_token_id").asInt();
    inputs.computeIfPresent("attention_mask", (name, mask) -> mask.mul(0).add(1).to(Dtype.INT64));
    inputs.computeIfPresent(
        "input_ids", (name, ids) -> ids.maskedFill(ids.eq(end), 5).maskedFill(ids.eq(pad), 5));
  }

  /** Whether a mask (B, T) is of the first dimensions of a value. */
  private static boolean stands(Tensor mask, Tensor value) {
    return value.dims() > 1
        && Arrays.equals(mask.shape(), Arrays.copyOf(value.shape(), mask.dims()));
  }

  /** Towards random answers, by an optimizer of ours. */
  private static void train(Checkpoint checkpoint, Map<String, Tensor> inputs) {
    Module model = checkpoint.model();
    Map<String, Tensor> before = new HashMap<>();
    model.parameters().forEach((name, weight) -> before.put(name, weight.detach().copy()));
    model.training(true);
    Optimizer optimizer = OptimizerConfig.DEFAULT.create(model.trained());
    for (int step = 0; step < STEPS; step++) {
      try (Scope scope = Scope.open()) {
        loss(outputs(checkpoint, inputs)).backward();
        optimizer.step(1e-3);
        optimizer.zeroGrad();
      }
    }
    long changed =
        before.entrySet().stream()
            .filter(
                old -> model.parameters().get(old.getKey()).sub(old.getValue()).norm().item() > 0)
            .count();
    assertTrue(changed > 0.8 * before.size(), changed + " of " + before.size() + " changed");
  }

  /** CLIP's own, or the distance to noise. */
  private static Tensor loss(Map<String, Tensor> outputs) {
    if (outputs.containsKey("loss")) return outputs.get("loss");
    List<Tensor> losses = new ArrayList<>();
    outputs.forEach(
        (name, value) -> {
          long classes = value.size(-1);
          Tensor noise = Tensor.empty(Dtype.FLOAT32, Device.CPU, value.shape()).normal_(0, 1);
          losses.add(
              name.contains("logits")
                  ? CrossEntropy.mean(value.reshape(-1, classes), noise.argmax(-1).reshape(-1))
                  : value.sub(noise).mul(value.sub(noise)).mean());
        });
    return losses.stream().reduce(Tensor::add).orElseThrow();
  }
}
