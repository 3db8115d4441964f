package dev.heed.model;

import dev.heed.attention.CrossAttention;
import dev.heed.attention.Mechanisms;
import dev.heed.attention.Mixer;
import dev.heed.attention.Place;
import dev.heed.config.Kind;
import dev.heed.config.UserError;
import dev.heed.nn.Branch;
import dev.heed.nn.DeepNorm;
import dev.heed.nn.DropPath;
import dev.heed.nn.ExpertLayer;
import dev.heed.nn.FeedForwardLayer;
import dev.heed.nn.FeedForwards;
import dev.heed.nn.Norm;
import dev.heed.nn.Norms;
import dev.heed.nn.Placement;
import dev.heed.nn.Sublayers;
import dev.heed.position.Position;
import dev.heed.position.Positions;
import java.util.List;
import java.util.function.IntFunction;

/** Makes the parts that a {@link Transformer.Config} names. */
record TransformerParts(Transformer.Config config) {
  Position position(boolean causal) {
    return Positions.of(
        config.position(),
        new Position.Stack(config.d(), config.heads(), config.positions(), causal));
  }

  Norm norm() {
    return Norms.of(config.norm()).norm(config.d());
  }

  private Place place(boolean causal) {
    return new Place(
        config.d(), config.heads(), config.positions(), config.attentionDropout(), causal);
  }

  Mixer encoderSelf() {
    return Mechanisms.self(config.attention(), place(false), config.position());
  }

  Mixer decoderSelf() {
    return Mechanisms.self(config.decoderSelf(), place(true), config.position());
  }

  CrossAttention cross() {
    return Mechanisms.cross(config.cross(), place(false), config.d());
  }

  IntFunction<FeedForwardLayer> encoderFeedForwards() {
    return feedForwards(config.feedForward(), config.encoder(), false);
  }

  IntFunction<FeedForwardLayer> decoderFeedForwards() {
    return feedForwards(config.decoderFfn(), config.decoder(), true);
  }

  private IntFunction<FeedForwardLayer> feedForwards(Kind kind, int layers, boolean causal) {
    FeedForwards.Place place =
        new FeedForwards.Place(
            config.d(), config.ffn(), config.activation(), config.activationDropout(), causal);
    IntFunction<FeedForwardLayer> made = FeedForwards.stack(kind, place, layers);
    return i -> allowed(kind, made.apply(i));
  }

  private FeedForwardLayer allowed(Kind kind, FeedForwardLayer layer) {
    if (config.placement() == Placement.REVERSIBLE && layer instanceof ExpertLayer)
      throw new UserError(
          "placement reversible keeps nothing of its layers for the losses of routers, which feedForward %s has: choose another of the two"
              .formatted(kind.kind()));
    return layer;
  }

  /** Those of the encoder's layer of a number, from 0. */
  Sublayers encoderResiduals(int number, List<String> sublayers) {
    double path = DropPath.published(config.dropPath(), number, config.encoder());
    return residuals(path, encoderFactors(), sublayers);
  }

  /** Those of the decoder's. */
  Sublayers decoderResiduals(int number, List<String> sublayers) {
    double path = DropPath.published(config.dropPath(), number, config.decoder());
    return residuals(path, decoderFactors(), sublayers);
  }

  private Sublayers residuals(double path, DeepNorm.Factors factors, List<String> sublayers) {
    Placement.Parts parts =
        new Placement.Parts(this::norm, () -> new Branch(config.dropout(), path), factors.alpha());
    return config.placement().of(sublayers, parts);
  }

  DeepNorm.Factors encoderFactors() {
    return factors(DeepNorm.Factors.encoder(config.encoder(), config.decoder()));
  }

  DeepNorm.Factors decoderFactors() {
    return factors(DeepNorm.Factors.decoder(config.decoder()));
  }

  private DeepNorm.Factors factors(DeepNorm.Factors published) {
    return config.placement() == Placement.DEEPNORM ? published : DeepNorm.Factors.NONE;
  }
}
