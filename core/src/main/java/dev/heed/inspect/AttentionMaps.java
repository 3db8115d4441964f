package dev.heed.inspect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.config.AtomicFile;
import dev.heed.data.Mask;
import dev.heed.model.TranslationModel;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The attention weights of every layer and head for one pair of sequences, as numbers ({@link
 * #toJson}) and pictures ({@link #grid}, {@link #single}). Layers and heads count from 0, as
 * parameter names do.
 *
 * @param source the source tokens, S
 * @param target the tokens fed to the decoder, T; the row of each is what the model attends to
 *     while it chooses the next one
 * @param weights of each kind that the model has, {@code [layer][head][query][key]}; a row sums to
 *     1
 */
public record AttentionMaps(
    List<String> source, List<String> target, Map<Kind, float[][][][]> weights) {

  /** Whose positions attend to whose. */
  public enum Kind {
    /** Source to source: {@code [S][S]}. */
    ENCODER("Encoder self-attention"),
    /** Target to itself and what came before: {@code [T][T]}. */
    DECODER("Decoder self-attention"),
    /** Target to source: {@code [T][S]}. */
    CROSS("Cross-attention");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  public AttentionMaps {
    source = List.copyOf(source);
    target = List.copyOf(target);
    weights = Map.copyOf(weights);
  }

  /**
   * Runs the model once with the target given (teacher forcing), without dropout or gradients, and
   * leaves it in evaluation mode.
   *
   * @param sourceIds (S) ids; padding is attended to by nobody
   * @param sourceTokens (S) what to call them
   * @param targetIds (T) decoder inputs, which start with bos
   * @param targetTokens (T) what to call them
   * @throws IllegalArgumentException if there are no ids, or not one token for each
   */
  public static AttentionMaps of(
      TranslationModel<?> model,
      int[] sourceIds,
      List<String> sourceTokens,
      int[] targetIds,
      List<String> targetTokens) {
    oneEach("source", sourceIds, sourceTokens);
    oneEach("target", targetIds, targetTokens);
    Map<Kind, List<float[][][]>> layers = new EnumMap<>(Kind.class);
    Module module = model.module();
    module.watch(shown -> add(shown, layers));
    module.training(false);
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on()) {
      Device device = model.outputWeight().device();
      Tensor source = Tensor.of(sourceIds, 1, sourceIds.length).to(device); // (1, S)
      Tensor target = Tensor.of(targetIds, 1, targetIds.length).to(device); // (1, T)
      Memory memory = model.encode(source, model.real(source));
      model.decode(target, memory, Pass.whole(target, Mask.NONE));
    } finally {
      module.unwatch();
    }
    Map<Kind, float[][][][]> weights = new EnumMap<>(Kind.class);
    layers.forEach((kind, heads) -> weights.put(kind, heads.toArray(float[][][][]::new)));
    return new AttentionMaps(sourceTokens, targetTokens, weights);
  }

  private static void oneEach(String side, int[] ids, List<String> tokens) {
    if (ids.length == 0 || ids.length != tokens.size())
      throw new IllegalArgumentException(
          "the %s has %d ids and %d tokens: give one token for each id, and at least one"
              .formatted(side, ids.length, tokens.size()));
  }

  /** Layers run in order, so each appends. */
  private static void add(Module.Shown shown, Map<Kind, List<float[][][]>> layers) {
    if (!shown.name().equals("attentions")) return;
    Kind kind =
        shown.part().startsWith("encoder")
            ? Kind.ENCODER
            : shown.part().contains(".cross") ? Kind.CROSS : Kind.DECODER;
    layers.computeIfAbsent(kind, k -> new ArrayList<>()).add(heads(shown.value()));
  }

  /** (1, H, T, S) → [H][T][S]. */
  private static float[][][] heads(Tensor weights) {
    int queries = (int) weights.size(2);
    int keys = (int) weights.size(3);
    float[][][] heads = new float[(int) weights.size(1)][queries][keys];
    float[] flat = weights.toFloats();
    for (int h = 0; h < heads.length; h++)
      for (int q = 0; q < queries; q++)
        System.arraycopy(flat, (h * queries + q) * keys, heads[h][q], 0, keys);
    return heads;
  }

  private HeatMaps.Axis queries(Kind kind) {
    return kind == Kind.ENCODER
        ? new HeatMaps.Axis("source tokens: what attends", source)
        : new HeatMaps.Axis("target tokens: what attends", target);
  }

  private HeatMaps.Axis keys(Kind kind) {
    return kind == Kind.DECODER
        ? new HeatMaps.Axis("target tokens: what is attended to", target)
        : new HeatMaps.Axis("source tokens: what is attended to", source);
  }

  /** The mean over one layer's heads, {@code [query][key]}. */
  float[][] mean(Kind kind, int layer) {
    float[][][] heads = weights.get(kind)[layer];
    float[][] mean = new float[heads[0].length][heads[0][0].length];
    for (float[][] head : heads)
      for (int q = 0; q < mean.length; q++)
        for (int k = 0; k < mean[q].length; k++) mean[q][k] += head[q][k] / heads.length;
    return mean;
  }

  /**
   * Writes {@code {"source": […], "target": […], "encoder": [layer][head][query][key], "decoder":
   * …, "cross": …}}.
   *
   * @throws dev.heed.config.UserError if the file can't be written
   */
  public void toJson(Path file) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("source", source);
    all.put("target", target);
    for (Kind kind : Kind.values())
      if (weights.containsKey(kind))
        all.put(kind.name().toLowerCase(Locale.ROOT), weights.get(kind));
    try {
      AtomicFile.write(file, new ObjectMapper().writeValueAsBytes(all));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // strings and numbers always have a JSON form
    }
  }

  /**
   * Draws all layers (down) and heads (across) of one kind on one PNG page, in one colour scale.
   *
   * @throws dev.heed.config.UserError if the file can't be written
   */
  public void grid(Kind kind, Path file) {
    String title = kind.title() + ", all layers and heads";
    Picture.write(file, () -> HeatMaps.grid(title, weights.get(kind), queries(kind), keys(kind)));
  }

  /**
   * Draws one large map as PNG, the mean over the heads of a layer.
   *
   * @throws IndexOutOfBoundsException if there is no such layer
   * @throws dev.heed.config.UserError if the file can't be written
   */
  public void single(Kind kind, int layer, Path file) {
    single(
        "%s, layer %d, mean of all heads".formatted(kind.title(), layer),
        kind,
        mean(kind, layer),
        file);
  }

  /**
   * Draws one large map as PNG, that of one head.
   *
   * @throws IndexOutOfBoundsException if there is no such layer or head
   * @throws dev.heed.config.UserError if the file can't be written
   */
  public void single(Kind kind, int layer, int head, Path file) {
    String title = "%s, layer %d, head %d".formatted(kind.title(), layer, head);
    single(title, kind, weights.get(kind)[layer][head], file);
  }

  private void single(String title, Kind kind, float[][] map, Path file) {
    Picture.write(file, () -> HeatMaps.single(title, map, queries(kind), keys(kind)));
  }
}
