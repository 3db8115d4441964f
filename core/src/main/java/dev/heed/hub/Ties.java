package dev.heed.hub;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Whether a model scores by its embeddings: what the files hold decides over {@code
 * tie_word_embeddings}, as it does in transformers 5. An output matrix of other values than the
 * embeddings is the model's own, whatever config.json says. T5's output matrix, where it is
 * missing, is the embeddings: config.json's false means there that the last states aren't scaled.
 */
final class Ties {
  private static final String TIE = "tie_word_embeddings";
  private static final String SCALE = "scale_decoder_outputs";

  private Ties() {}

  /** The config.json that the weights belong to. */
  static ObjectNode asStored(ObjectNode json, WeightNames names, WeightFiles files) {
    boolean told = json.path(TIE).asBoolean(true);
    Optional<String> output = names.in(files.names(), "output.weight");
    boolean t5 = json.path("model_type").asText().equals("t5");
    if (!told && !(t5 && output.isEmpty())) return json;
    if (told && (output.isEmpty() || !isOwn(output.get(), names, files))) return json;
    ObjectNode stored = json.deepCopy();
    stored.put(TIE, !told);
    if (t5 && !json.has(SCALE)) stored.put(SCALE, told);
    return stored;
  }

  /** Of models with embeddings for each stack, another key would be wanted: theirs aren't asked. */
  private static boolean isOwn(String output, WeightNames names, WeightFiles files) {
    if (names.tells("decoder.tokens.weight")) return false;
    return Stream.of("tokens.weight", "encoder.tokens.weight")
        .flatMap(ours -> names.in(files.names(), ours).stream())
        .anyMatch(tokens -> differ(tokens, output, files));
  }

  private static boolean differ(String one, String other, WeightFiles files) {
    if (!Arrays.equals(files.shape(one), files.shape(other))) return true;
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Tensor difference = read(one, files).sub(read(other, files));
      return difference.norm(Double.POSITIVE_INFINITY).item() != 0;
    }
  }

  private static Tensor read(String name, WeightFiles files) {
    Tensor tensor = Tensor.empty(Dtype.FLOAT32, Device.CPU, files.shape(name));
    files.read(name, tensor);
    return tensor;
  }
}
