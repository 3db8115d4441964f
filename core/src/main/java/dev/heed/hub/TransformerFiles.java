package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.AtomicFile;
import dev.heed.config.Configs;
import dev.heed.config.UserError;
import dev.heed.model.Transformer;
import dev.heed.model.Transformer.Config;
import dev.heed.model.Transformer.Norm;
import dev.heed.model.Transformer.Tie;
import dev.heed.model.Vocabulary;
import dev.heed.nn.Activation;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A {@link Transformer} as a Hugging Face folder: {@code config.json} and {@code
 * model.safetensors}.
 *
 * <p>Post-norm is Marian's architecture and pre-norm Pegasus's, weight for weight, so a folder
 * loads as {@code MarianMTModel} or {@code PegasusForConditionalGeneration}; what neither can hold
 * (additive attention, untied pre-norm) is stored in the same layout as {@code heed-transformer}.
 */
public final class TransformerFiles {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  private static final String SELF =
      """
      STACK.*.self.qkv.weight          = model.STACK.layers.*.self_attn.{q,k,v}_proj.weight
      STACK.*.self.qkv.bias            = model.STACK.layers.*.self_attn.{q,k,v}_proj.bias
      STACK.*.self.heads.out.weight    = model.STACK.layers.*.self_attn.out_proj.weight
      STACK.*.self.heads.out.bias      = model.STACK.layers.*.self_attn.out_proj.bias
      STACK.*.self.heads.kernel.v      = model.STACK.layers.*.self_attn.score.weight
      STACK.*.self.heads.kernel.b      = model.STACK.layers.*.self_attn.score.bias
      STACK.*.selfResidual.norm.weight = model.STACK.layers.*.self_attn_layer_norm.weight
      STACK.*.selfResidual.norm.bias   = model.STACK.layers.*.self_attn_layer_norm.bias
      STACK.*.ffn.in.weight            = model.STACK.layers.*.fc1.weight
      STACK.*.ffn.in.bias              = model.STACK.layers.*.fc1.bias
      STACK.*.ffn.out.weight           = model.STACK.layers.*.fc2.weight
      STACK.*.ffn.out.bias             = model.STACK.layers.*.fc2.bias
      STACK.*.ffnResidual.norm.weight  = model.STACK.layers.*.final_layer_norm.weight
      STACK.*.ffnResidual.norm.bias    = model.STACK.layers.*.final_layer_norm.bias
      STACKNorm.weight                 = model.STACK.layer_norm.weight
      STACKNorm.bias                   = model.STACK.layer_norm.bias
      """;
  private static final String CROSS =
      """
      decoder.*.cross.q.weight            = model.decoder.layers.*.encoder_attn.q_proj.weight
      decoder.*.cross.q.bias              = model.decoder.layers.*.encoder_attn.q_proj.bias
      decoder.*.cross.kv.weight           = model.decoder.layers.*.encoder_attn.{k,v}_proj.weight
      decoder.*.cross.kv.bias             = model.decoder.layers.*.encoder_attn.{k,v}_proj.bias
      decoder.*.cross.heads.out.weight    = model.decoder.layers.*.encoder_attn.out_proj.weight
      decoder.*.cross.heads.out.bias      = model.decoder.layers.*.encoder_attn.out_proj.bias
      decoder.*.cross.heads.kernel.v      = model.decoder.layers.*.encoder_attn.score.weight
      decoder.*.cross.heads.kernel.b      = model.decoder.layers.*.encoder_attn.score.bias
      decoder.*.crossResidual.norm.weight = model.decoder.layers.*.encoder_attn_layer_norm.weight
      decoder.*.crossResidual.norm.bias   = model.decoder.layers.*.encoder_attn_layer_norm.bias
      """;
  private static final String PASSED_OVER =
      """
      - = final_logits_bias
      - = model.encoder.embed_positions.weight
      - = model.decoder.embed_positions.weight
      """;
  private static final String LAYERS =
      PASSED_OVER + SELF.replace("STACK", "encoder") + SELF.replace("STACK", "decoder") + CROSS;
  private static final WeightNames SHARED =
      new WeightNames(LAYERS + "source.weight = model.shared.weight", "");
  private static final WeightNames SEPARATE =
      new WeightNames(
          LAYERS
              + """
              source.weight = model.encoder.embed_tokens.weight
              target.weight = model.decoder.embed_tokens.weight
              output.weight = lm_head.weight
              """,
          "");

  /** Numbers that a model may have beyond its weights' count before they are compared by name. */
  private static final double SLACK = 20e6;

  /** What stands in a file of Hugging Face's beside trained weights. */
  private static final String LOGITS_BIAS = "final_logits_bias";

  private static final List<String> POSITIONS =
      List.of("model.encoder.embed_positions.weight", "model.decoder.embed_positions.weight");

  private TransformerFiles() {}

  /** Writes both files, the weights last: a folder with weights is whole. */
  public static void save(Transformer model, Path folder) {
    AtomicFile.write(folder.resolve(CONFIG), Configs.toJson(toJson(model)));
    SafeTensors.write(folder.resolve(WEIGHTS), weights(model), Map.of("format", "pt"));
  }

  /** The weights under Hugging Face's names. */
  public static Map<String, Tensor> weights(Transformer model) {
    Map<String, Tensor> weights =
        new LinkedHashMap<>(names(model.config()).export(model.parameters()));
    weights.put(LOGITS_BIAS, model.outputBias().orElseThrow().unsqueeze(0));
    if (type(model.config()).equals("pegasus"))
      POSITIONS.forEach(name -> weights.put(name, model.positions()));
    return weights;
  }

  /**
   * Reads both files.
   *
   * @throws UserError if one is missing or broken, or they disagree
   */
  public static Transformer load(Path folder, Device device) {
    Path file = folder.resolve(CONFIG);
    JsonNode json = read(file);
    Path weights = folder.resolve(WEIGHTS);
    WeightFiles header = WeightFiles.of(weights);
    Transformer model;
    try {
      Config config = config(json);
      Vocabulary vocabulary = vocabulary(json);
      checkSize(config, vocabulary, header);
      model = new Transformer(config, vocabulary);
    } catch (IllegalArgumentException | UserError e) {
      throw new UserError(file + ": " + e.getMessage(), e);
    }
    load(model, weights);
    model.to(device);
    return model;
  }

  /** Before memory is taken for a model that the weights can't be of. */
  private static void checkSize(Config c, Vocabulary v, WeightFiles file) {
    double d = c.d();
    double layers = c.encoder() * (4 * d + 2.0 * c.ffn()) + c.decoder() * (8 * d + 2.0 * c.ffn());
    double asked = d * (Math.max(v.source(), v.target()) + layers + c.positions());
    double held = file.count();
    if (asked > 2 * held + SLACK)
      throw new IllegalArgumentException(
          "a model of these sizes has more than %.0f million numbers, but %s holds %.0f million; one of the two files is another model's, or damaged"
              .formatted(asked / 1e6, WEIGHTS, held / 1e6));
  }

  /** Fills a model from a file of weights under Hugging Face's names. */
  public static void load(Transformer model, Path weights) {
    WeightFiles file = WeightFiles.of(weights);
    try {
      names(model.config()).load(file, model.parameters(), name -> false);
    } catch (UserError e) {
      throw new UserError(weights + ": " + e.getMessage(), e);
    }
    if (file.names().contains(LOGITS_BIAS))
      file.read(LOGITS_BIAS, model.outputBias().orElseThrow().unsqueeze(0));
  }

  static WeightNames names(Config config) {
    return config.tie() == Tie.ALL ? SHARED : SEPARATE;
  }

  private static String type(Config config) {
    if (!config.attention().equals("scaled_dot_product")) return "heed-transformer";
    if (config.norm() == Norm.POST) return "marian";
    return config.tie() == Tie.ALL ? "pegasus" : "heed-transformer";
  }

  private static Map<String, Object> toJson(Transformer model) {
    Config c = model.config();
    Vocabulary v = model.vocabulary();
    String type = type(c);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put(
        "architectures",
        List.of(
            type.equals("marian")
                ? "MarianMTModel"
                : type.equals("pegasus") ? "PegasusForConditionalGeneration" : "HeedTransformer"));
    json.put("model_type", type);
    json.put("d_model", c.d());
    json.put("encoder_layers", c.encoder());
    json.put("decoder_layers", c.decoder());
    json.put("encoder_attention_heads", c.heads());
    json.put("decoder_attention_heads", c.heads());
    json.put("encoder_ffn_dim", c.ffn());
    json.put("decoder_ffn_dim", c.ffn());
    json.put("activation_function", c.activation().name().toLowerCase(Locale.ROOT));
    json.put("dropout", c.dropout());
    json.put("attention_dropout", c.attentionDropout());
    json.put("activation_dropout", c.activationDropout());
    json.put("scale_embedding", true);
    json.put("max_position_embeddings", c.positions());
    json.put("vocab_size", v.source());
    json.put("decoder_vocab_size", v.target());
    json.put("share_encoder_decoder_embeddings", c.tie() == Tie.ALL);
    json.put("tie_word_embeddings", c.tie() != Tie.NONE);
    json.put("pad_token_id", v.pad());
    json.put("bos_token_id", v.bos());
    json.put("eos_token_id", v.eos());
    json.put("forced_eos_token_id", v.eos());
    json.put("decoder_start_token_id", v.bos());
    json.put("is_encoder_decoder", true);
    if (type.equals("heed-transformer")) {
      json.put("norm", c.norm().name().toLowerCase(Locale.ROOT));
      json.put("attention", c.attention());
    }
    return json;
  }

  private static Config config(JsonNode json) {
    String type = json.path("model_type").asText("");
    if (!List.of("marian", "pegasus", "heed-transformer").contains(type))
      throw new IllegalArgumentException(
          "model_type is \"%s\"; this reads marian, pegasus and heed-transformer".formatted(type));
    same(json, "encoder_attention_heads", "decoder_attention_heads");
    same(json, "encoder_ffn_dim", "decoder_ffn_dim");
    if (!json.path("scale_embedding").asBoolean(true))
      throw new IllegalArgumentException("scale_embedding is false; this reads models that scale");
    boolean shared = json.path("share_encoder_decoder_embeddings").asBoolean(true);
    boolean tied = json.path("tie_word_embeddings").asBoolean(true);
    Norm norm =
        type.equals("marian")
            ? Norm.POST
            : type.equals("pegasus") ? Norm.PRE : constant(Norm.class, json, "norm", "post");
    return new Config(
        number(json, "d_model"),
        number(json, "encoder_ffn_dim"),
        number(json, "encoder_attention_heads"),
        number(json, "encoder_layers"),
        number(json, "decoder_layers"),
        json.path("dropout").asDouble(0),
        json.path("attention_dropout").asDouble(0),
        json.path("activation_dropout").asDouble(0),
        json.path("activation_function").asText().equals("swish")
            ? Activation.SILU
            : constant(Activation.class, json, "activation_function", "relu"),
        norm,
        json.path("attention").asText("scaled_dot_product"),
        shared && tied ? Tie.ALL : tied ? Tie.TARGET : Tie.NONE,
        number(json, "max_position_embeddings"));
  }

  private static Vocabulary vocabulary(JsonNode json) {
    int source = number(json, "vocab_size");
    int start = number(json, "decoder_start_token_id");
    return new Vocabulary(
        source,
        json.path("decoder_vocab_size").asInt(source),
        number(json, "pad_token_id"),
        start,
        number(json, "eos_token_id"));
  }

  private static int number(JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isInt())
      throw new IllegalArgumentException(key + " must be a whole number, not " + value);
    return value.asInt();
  }

  private static void same(JsonNode json, String encoder, String decoder) {
    if (json.has(decoder) && number(json, encoder) != number(json, decoder))
      throw new IllegalArgumentException(
          "%s (%d) and %s (%d) differ; this reads models whose layers are alike"
              .formatted(encoder, number(json, encoder), decoder, number(json, decoder)));
  }

  private static <E extends Enum<E>> E constant(
      Class<E> type, JsonNode json, String key, String otherwise) {
    String name = json.path(key).asText(otherwise);
    for (E constant : type.getEnumConstants())
      if (constant.name().equalsIgnoreCase(name)) return constant;
    throw new IllegalArgumentException(
        "%s is \"%s\"; this knows %s"
            .formatted(
                key, name, Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT)));
  }

  private static JsonNode read(Path file) {
    if (!Files.isRegularFile(file))
      throw new UserError(
          file
              + " is missing: a model folder holds config.json, model.safetensors and a tokenizer");
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UserError(
          file + " is not readable JSON: " + e.getMessage().lines().findFirst().orElse(""), e);
    }
  }
}
