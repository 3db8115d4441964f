package dev.heed.model;

import dev.heed.attention.CrossAttention;
import dev.heed.attention.Memory;
import dev.heed.attention.Mixer;
import dev.heed.attention.Pass;
import dev.heed.nn.FeedForwardLayer;
import dev.heed.nn.Module;
import dev.heed.nn.Reversible;
import dev.heed.nn.Sublayers;
import dev.heed.nn.Tokens;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * A layer of {@link Transformer}: its sublayers, which {@link dev.heed.nn.Placement} normalises and
 * joins. B batch, T tokens, D model.
 */
abstract class TransformerLayer extends Module {
  private final Sublayers residuals;

  /**
   * What the layers of a stack share in a pass.
   *
   * @param memory what a decoder reads
   * @param tokens what x stands for
   * @param real BOOL (B, T), which tokens are no padding; empty if all are, and where nobody trains
   */
  record Given(Pass pass, Optional<Memory> memory, Tokens tokens, Optional<Tensor> real) {}

  private TransformerLayer(Sublayers residuals) {
    this.residuals = child("residuals", residuals);
  }

  /** In their order, (B, T, D) → (B, T, D) each. */
  abstract List<UnaryOperator<Tensor>> sublayers(Given given);

  /** (B, T, D) → (B, T, D), or streams (2·B, T, D) → (2·B, T, D) where there are two. */
  final Tensor forward(Tensor x, Given given) {
    return residuals.forward(x, given.real(), sublayers(given));
  }

  /**
   * @throws ClassCastException if there is one stream alone
   */
  final List<Reversible.Half> halves(Given given) {
    return ((Reversible) residuals).halves(this, given.real(), sublayers(given));
  }

  /** Self-attention, then the feed-forward layer. */
  static final class Encoder extends TransformerLayer {
    private final Mixer self;
    private final FeedForwardLayer ffn;

    /**
     * @param number from 0
     */
    Encoder(TransformerParts parts, IntFunction<FeedForwardLayer> feedForwards, int number) {
      super(parts.encoderResiduals(number, List.of("self", "ffn")));
      self = child("self", parts.encoderSelf());
      ffn = child("ffn", feedForwards.apply(number));
    }

    @Override
    List<UnaryOperator<Tensor>> sublayers(Given given) {
      return List.of(x -> self.forward(x, given.pass()), x -> ffn.forward(x, given.tokens()));
    }
  }

  /** Self-attention to tokens up to one's own, attention to the memory, the feed-forward layer. */
  static final class Decoder extends TransformerLayer {
    private final Mixer self;
    private final CrossAttention cross;
    private final FeedForwardLayer ffn;

    /**
     * @param number from 0
     */
    Decoder(TransformerParts parts, IntFunction<FeedForwardLayer> feedForwards, int number) {
      super(parts.decoderResiduals(number, List.of("self", "cross", "ffn")));
      self = child("self", parts.decoderSelf());
      cross = child("cross", parts.cross());
      ffn = child("ffn", feedForwards.apply(number));
    }

    @Override
    List<UnaryOperator<Tensor>> sublayers(Given given) {
      Memory memory = given.memory().orElseThrow();
      return List.of(
          x -> self.forward(x, given.pass()),
          x -> cross.forward(x, memory, given.pass()),
          x -> ffn.forward(x, given.tokens()));
    }
  }
}
