package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.model.TransformerLayer.Given;
import dev.heed.nn.DeepNorm;
import dev.heed.nn.Dropout;
import dev.heed.nn.FeedForwardLayer;
import dev.heed.nn.LayerDrop;
import dev.heed.nn.Module;
import dev.heed.nn.Norm;
import dev.heed.nn.Placement;
import dev.heed.nn.Recomputed;
import dev.heed.nn.Reversible;
import dev.heed.position.Position;
import dev.heed.position.Sinusoidal;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * The encoder or the decoder of a {@link Transformer}, from embeddings on: positions, layers, and
 * the last norm where layers don't end with one.
 */
final class TransformerStack extends Module {
  private final Transformer.Config config;
  private final Position position;
  private final Dropout dropout;
  private final LayerDrop layerDrop;
  private final List<TransformerLayer> layers = new ArrayList<>();
  private final Optional<Norm> norm;

  private TransformerStack(
      TransformerParts parts,
      Position position,
      boolean storesPositions,
      int count,
      IntFunction<TransformerLayer> layer,
      DeepNorm.Factors factors) {
    this.config = parts.config();
    this.position = child("position", position);
    if (storesPositions && position instanceof Sinusoidal sinusoidal)
      buffer("positions", sinusoidal.table());
    this.dropout =
        child("dropout", new Dropout(config.embeddingDropout().orElse(config.dropout())));
    this.layerDrop = child("layerDrop", new LayerDrop(config.layerDrop()));
    for (int i = 0; i < count; i++) layers.add(child(String.valueOf(i), layer.apply(i)));
    factors.shrink(this);
    this.norm =
        config.placement().endsWithNorm()
            ? Optional.of(child("norm", parts.norm()))
            : Optional.empty();
  }

  /**
   * @param storesPositions whether files have sinusoids
   */
  static TransformerStack encoder(TransformerParts parts, boolean storesPositions) {
    IntFunction<FeedForwardLayer> ffn = parts.encoderFeedForwards();
    return new TransformerStack(
        parts,
        parts.position(false),
        storesPositions,
        parts.config().encoder(),
        i -> new TransformerLayer.Encoder(parts, ffn, i),
        parts.encoderFactors());
  }

  /** The same of the decoder. */
  static TransformerStack decoder(TransformerParts parts, boolean storesPositions) {
    IntFunction<FeedForwardLayer> ffn = parts.decoderFeedForwards();
    return new TransformerStack(
        parts,
        parts.position(true),
        storesPositions,
        parts.config().decoder(),
        i -> new TransformerLayer.Decoder(parts, ffn, i),
        parts.decoderFactors());
  }

  /**
   * Tokens' vectors (B, T, D) → (B, T, D).
   *
   * @param scale to multiply the vectors with
   * @param shown sees what goes into each layer, and the output
   */
  Tensor forward(Tensor tokens, double scale, Given given, UnaryOperator<Tensor> shown) {
    Pass pass = given.pass();
    Tensor x = dropout.forward(position.embed(tokens, scale, pass.positions(), pass.length()));
    List<TransformerLayer> kept = layers.stream().filter(layer -> !layerDrop.skips()).toList();
    Tensor last =
        config.placement() == Placement.REVERSIBLE
            ? inStreams(kept, shown.apply(x), given)
            : inTurn(kept, x, given, shown);
    return shown.apply(norm.map(n -> n.forward(last, given.real())).orElse(last));
  }

  private Tensor inTurn(
      List<TransformerLayer> kept, Tensor first, Given given, UnaryOperator<Tensor> shown) {
    Given told = told(given, first.dtype());
    Tensor x = first;
    for (TransformerLayer layer : kept) x = layer.forward(shown.apply(x), told);
    return x;
  }

  /** The pass as self-attention is to see it. */
  private Given told(Given given, Dtype dtype) {
    return told(given, scores(given.pass(), dtype), dtype);
  }

  private Optional<Tensor> scores(Pass pass, Dtype dtype) {
    return position.scores(pass.positions(), pass.keyPositions(), pass.length(), dtype);
  }

  private Given told(Given given, Optional<Tensor> scores, Dtype dtype) {
    Pass pass = given.pass();
    Pass turned =
        position.rotation(pass.positions(), pass.length(), dtype).map(pass::turned).orElse(pass);
    return new Given(
        scores.map(turned::plus).orElse(turned), given.memory(), given.tokens(), given.real());
  }

  // ---- two streams ------------------------------------------------------------------------------

  private Tensor inStreams(List<TransformerLayer> kept, Tensor x, Given given) {
    Tensor streams = Reversible.split(x); // (2·B, T, D)
    if (training()) return Reversible.merge(recomputed(kept, streams, given));
    Given told = told(given, x.dtype());
    for (TransformerLayer layer : kept) streams = layer.forward(streams, told);
    return Reversible.merge(streams);
  }

  private Tensor recomputed(List<TransformerLayer> kept, Tensor streams, Given given) {
    Dtype dtype = streams.dtype();
    Optional<Tensor> scores = scores(given.pass(), dtype);
    List<Tensor> read = new ArrayList<>(); // by all layers, with gradients of their own
    given.memory().ifPresent(memory -> read.add(memory.states()));
    scores.ifPresent(read::add);
    List<Tensor> constants = new ArrayList<>(given.pass().tensors());
    constants.add(given.tokens().ids());
    given.real().ifPresent(constants::add);
    given.memory().flatMap(Memory::real).ifPresent(constants::add);
    Function<List<Tensor>, List<Reversible.Half>> halves =
        tensors -> {
          Optional<Memory> memory = given.memory().map(m -> new Memory(tensors.get(0), m.real()));
          Optional<Tensor> added = scores.map(any -> tensors.get(tensors.size() - 1));
          Given afresh = new Given(given.pass().afresh(), memory, given.tokens(), given.real());
          Given told = told(afresh, added, dtype);
          return kept.stream().flatMap(layer -> layer.halves(told).stream()).toList();
        };
    return Recomputed.forward(streams, read, constants, halves);
  }
}
