package dev.heed.attention;

import dev.heed.config.Kind;
import dev.heed.config.Registry;
import dev.heed.config.UserError;
import dev.heed.position.Position;
import dev.heed.position.Positions;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The mechanisms by the names that recipes and config.json use, a line each. */
public final class Mechanisms {
  private static final Registry<Mechanism> ALL =
      Registry.<Mechanism>of("attention")
          .with("scaled_dot_product", new ScaledDotProduct.Options(0))
          .with("flash", new Flash.Options(512))
          .with("grouped_query", new GroupedQueryAttention.Options(1))
          .with("additive", new Additive.Options())
          .with("luong", new Luong.Options(Luong.Score.GENERAL))
          .with("shaw", new Shaw.Options(16))
          .with("transformer_xl", new TransformerXl.Options())
          .with("disentangled", new DisentangledSelf.Options(64))
          .with("local", new Local.Options(Local.Shape.WINDOW, 32))
          .with(
              "sparse_transformer",
              new SparseTransformer.Options(SparseTransformer.Kind.STRIDED, 32, 4))
          .with("longformer", new GlobalWindow.Options(32, 1, 1))
          .with("bigbird", new BigBirdPattern.Options(16, 3, 1, 1, 0))
          .with("linear", new LinearAttention.Options())
          .with("performer", new Performer.Options(64, 1000))
          .with("linformer", new Linformer.Options(64, Linformer.Sharing.NONE))
          .with("nystrom", new Landmarks.Options(32))
          .with("lsh", new Lsh.Options(2, 32, 0))
          .with("synthesizer", new Synthesizer.Options(List.of(Synthesizer.Way.DENSE), 32, 8))
          .with("fnet", new FourierMixing.Options());

  private Mechanisms() {}

  /** Every name, in order. */
  public static List<String> names() {
    return ALL.names();
  }

  /**
   * The mechanism of a name, with its options.
   *
   * @throws UserError if the name or an option is unknown (the nearest is named), or a value wrong
   */
  public static Mechanism of(Kind kind) {
    return ALL.create(kind);
  }

  /**
   * Self-attention in a place.
   *
   * @throws UserError as {@link #of}, or if the mechanism can't stand there
   */
  public static Mixer self(Kind kind, Place place) {
    Mechanism mechanism = of(kind);
    if (place.causal() && !mechanism.traits().causal())
      throw new UserError(
          "attention %s can't keep tokens from those after them, as a decoder must: give decoderAttention another, such as %s"
              .formatted(kind.kind(), names(Traits::causal)));
    return refusing(kind, () -> mechanism.self(place));
  }

  /**
   * The same in a model that tells it so where tokens stand.
   *
   * @param position which {@link Positions} has
   * @throws UserError as above, or if the mechanism can't be told so
   */
  public static Mixer self(Kind kind, Place place, Kind position) {
    Mechanism mechanism = of(kind);
    Position.Means means = Positions.of(position).means();
    if (means == Position.Means.SCORES && !mechanism.traits().scores())
      throw new UserError(
          "position %s adds to scores, which attention %s can't have added to: choose another position, or an attention such as %s"
              .formatted(position.kind(), kind.kind(), names(Traits::scores)));
    if (means == Position.Means.ROTATION && !mechanism.turns())
      throw new UserError(
          "position %s turns queries and keys, which attention %s doesn't: choose another position, or an attention such as scaled_dot_product"
              .formatted(position.kind(), kind.kind()));
    return self(kind, place);
  }

  /**
   * A decoder's attention to the encoder's output.
   *
   * @param memory the width of the output
   * @throws UserError as {@link #of}, or if the mechanism can't stand there
   */
  public static CrossAttention cross(Kind kind, Place place, int memory) {
    Mechanism mechanism = of(kind);
    if (!mechanism.traits().cross() || !(mechanism instanceof Mechanism.OfKernel ofKernel))
      throw new UserError(
          "attention %s can't read another sequence, as a decoder reads the encoder's: give crossAttention another, such as %s"
              .formatted(kind.kind(), names(Traits::cross)));
    return refusing(
        kind,
        () -> CrossAttention.keyed(place, memory, ofKernel.keySize(place), ofKernel.kernel(place)));
  }

  private static <T> T refusing(Kind kind, Supplier<T> make) {
    try {
      return make.get();
    } catch (IllegalArgumentException e) {
      throw new UserError("attention %s: %s".formatted(kind.kind(), e.getMessage()), e);
    }
  }

  /** Those that can do something, with their own default options. */
  private static String names(Predicate<Traits> can) {
    return String.join(
        ", ", names().stream().filter(name -> can.test(of(Kind.of(name)).traits())).toList());
  }
}
