package dev.heed.lab;

import dev.heed.attention.Mixer;
import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.nn.Activation;
import dev.heed.nn.Embedding;
import dev.heed.nn.FeedForward;
import dev.heed.nn.LayerNorm;
import dev.heed.nn.Linear;
import dev.heed.nn.Module;
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A small encoder that labels sequences, or their tokens: embeddings, pre-norm layers, and a linear
 * map of the mean of a sequence's tokens, or of each. B batch, T tokens, D model.
 */
final class LongModel extends Module {
  private final Embedding tokens;
  private final Sinusoidal positions;
  private final List<Layer> layers;
  private final LayerNorm norm;
  private final Linear head;
  private final boolean perToken;
  private final double scale;

  private static final class Layer extends Module {
    private final LayerNorm before;
    private final Mixer mixer;
    private final LayerNorm between;
    private final FeedForward ffn;

    Layer(int d, Mixer mixer) {
      this.before = child("before", new LayerNorm(d, 1e-5));
      this.mixer = child("mixer", mixer);
      this.between = child("between", new LayerNorm(d, 1e-5));
      this.ffn = child("ffn", new FeedForward(d, 2L * d, Activation.RELU, 0));
    }

    /** (B, T, D) → (B, T, D). */
    Tensor forward(Tensor x, Pass pass) {
      Tensor mixed = x.add(mixer.forward(before.forward(x), pass));
      return mixed.add(ffn.forward(between.forward(mixed)));
    }
  }

  /**
   * @param mixer makes each layer's attention
   */
  LongModel(LongTask.Generator task, int length, int d, int layers, Supplier<Mixer> mixer) {
    this.tokens = child("tokens", new Embedding(task.vocabulary(), d, 0));
    this.positions = new Sinusoidal(length, d, Sinusoidal.Order.SPLIT);
    this.layers = children("layers", layers, i -> new Layer(d, mixer.get()));
    this.norm = child("norm", new LayerNorm(d, 1e-5));
    this.head = child("head", new Linear(d, task.classes(), true));
    this.perToken = task.perToken();
    this.scale = Math.sqrt(d);
  }

  /**
   * INT64 ids (B, T) → logits (B, T, classes), or (B, classes) of the mean over real tokens.
   *
   * @param real BOOL (B, T), empty if all are
   */
  Tensor forward(Tensor ids, Optional<Tensor> real) {
    Pass pass = Pass.both(ids, real.map(Mask::padding).orElse(Mask.NONE));
    Tensor x =
        tokens.forward(ids).mul(scale).add(positions.forward(pass.positions(), pass.length()));
    for (Layer layer : layers) x = layer.forward(x, pass);
    Tensor last = norm.forward(x); // (B, T, D)
    if (perToken) return head.forward(last); // (B, T, classes)
    Tensor kept = real.map(is -> last.maskedFill(is.logicalNot().unsqueeze(2), 0)).orElse(last);
    Tensor sum = kept.sum(1); // (B, D)
    Tensor mean =
        real.map(is -> sum.div(is.to(sum.dtype()).sum(1).unsqueeze(1)))
            .orElseGet(() -> sum.mul(1.0 / ids.size(1)));
    return head.forward(mean); // (B, classes)
  }
}
