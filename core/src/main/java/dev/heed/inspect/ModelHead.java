package dev.heed.inspect;

import dev.heed.attention.Pass;
import dev.heed.config.UserError;
import dev.heed.data.Mask;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.model.Seq2Seq;
import dev.heed.model.TextInput;
import dev.heed.model.TextModel;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The arithmetic of one head of a model that is at work on a text: its queries, keys and values as
 * the model shows them, and all that follows computed anew. Layers and heads count from 0.
 */
public final class ModelHead {
  /** How far weights computed anew, in double precision, may be from the model's own. */
  private static final double TOLERANCE = 1e-3;

  /** What one layer showed: (T, D), (1, H, T, Dh), (1, G, T, Dh) twice, (1, H, T, T). */
  private record Layer(Tensor x, Tensor q, Tensor k, Tensor v, Tensor weights) {}

  private ModelHead() {}

  /**
   * Reads a text with a model: an encoder, a decoder, or the encoder of both.
   *
   * @param folder with config.json, weights and a tokenizer
   * @throws UserError if it can't be read, has no such layer or head, or attends in another way
   *     than by softmax(Q Kᵀ / √Dh)
   */
  public static HeadArithmetic of(Path folder, String text, int layer, int head, Device device) {
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Checkpoint checkpoint = Checkpoint.load(folder, device);
      Path source = folder.resolve("source.tokenizer.json");
      Tokenizer tokenizer = Tokenizer.load(Files.exists(source) ? source : folder);
      int[] ids = tokenizer.encode(text);
      if (ids.length == 0) throw new UserError("the text has no token: give one with words");
      return of(
          checkpoint.model(),
          "%s (%s)".formatted(folder.getFileName(), checkpoint.architecture().name()),
          Tensor.of(ids, 1, ids.length).to(device),
          TokenLabels.of(tokenizer, ids),
          layer,
          head);
    }
  }

  /**
   * @param ids INT64 (1, T)
   */
  static HeadArithmetic of(
      Module model, String name, Tensor ids, List<String> tokens, int layer, int head) {
    List<Layer> layers = layers(model, ids);
    if (layers.isEmpty())
      throw new UserError(
          name + " shows no queries and keys of its own: give a model such as a BertModel");
    check("layer", layer, layers.size());
    Layer read = layers.get(layer);
    check("head", head, (int) read.q().size(1));
    long group = head * read.k().size(1) / read.q().size(1);
    Tensor weights = read.weights().select(1, head).squeeze(0); // (T, T)
    HeadArithmetic arithmetic =
        HeadArithmetic.of(
            "Layer %d, head %d of %s.".formatted(layer, head, name),
            tokens,
            read.x(),
            Optional.empty(),
            Optional.empty(),
            read.q().select(1, head).squeeze(0),
            read.k().select(1, group).squeeze(0),
            read.v().select(1, group).squeeze(0),
            isCausal(weights));
    Tensor difference = Tensor.of(flat(arithmetic.weights()), weights.shape()).sub(weights);
    if (!(difference.abs().max().item() < TOLERANCE))
      throw new UserError(
          name
              + " attends in another way than by softmax(QKᵀ/√d), such as with a bias for distance: give a model such as a BertModel");
    return arithmetic;
  }

  private static List<Layer> layers(Module model, Tensor ids) {
    List<Layer> layers = new ArrayList<>();
    List<Tensor> shown = new ArrayList<>(); // of the layer that runs
    List<Tensor> states = new ArrayList<>();
    UnaryOperator<Tensor> keeper = Scope.keeper();
    model.watch(
        each -> {
          Tensor value = keeper.apply(each.value().to(Device.CPU).to(Dtype.FLOAT64));
          switch (each.name()) {
            case "hidden_states", "encoder_hidden_states" -> states.add(value.squeeze(0));
            case "queries", "keys", "values" -> shown.add(value);
            case "attentions" -> {
              if (shown.size() == 3 && !states.isEmpty())
                layers.add(
                    new Layer(
                        states.get(states.size() - 1),
                        shown.get(0),
                        shown.get(1),
                        shown.get(2),
                        value));
              shown.clear();
            }
            default -> {} // of no interest here
          }
        });
    model.training(false);
    try {
      if (model instanceof TextModel encoder) encoder.encode(TextInput.of(ids));
      else if (model instanceof CausalLm decoder) decoder.decode(ids, Pass.whole(ids, Mask.NONE));
      else if (model instanceof Seq2Seq both) both.encode(ids, Optional.empty());
    } finally {
      model.unwatch();
    }
    return layers;
  }

  /** Whether no token attends to a later one. */
  private static boolean isCausal(Tensor weights) {
    return weights.sub(weights.tril(0)).abs().max().item() == 0;
  }

  private static double[] flat(double[][] rows) {
    return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
  }

  private static void check(String what, int value, int count) {
    if (value < 0 || value >= count)
      throw new UserError(
          "%s must be from 0 to %d in this model, not %d".formatted(what, count - 1, value));
  }
}
