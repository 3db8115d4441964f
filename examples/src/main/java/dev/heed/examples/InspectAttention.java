package dev.heed.examples;

import dev.heed.data.Pair;
import dev.heed.inspect.AttentionMaps;
import dev.heed.model.TranslationModel;
import dev.heed.task.ModelFolder;
import dev.heed.tensor.Device;
import dev.heed.text.Encoding;
import dev.heed.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Draws what a model attends to while it reads one text and writes another: {@code InspectAttention
 * runs/m30k "A man rides a horse." "Ein Mann reitet auf einem Pferd."}.
 */
public final class InspectAttention {
  private InspectAttention() {}

  public static void main(String[] args) {
    inspect(Path.of(args[0]), new Pair(args[1], args[2]), Path.of("."));
  }

  /** Writes {@code attention.json} and one picture for each kind of attention. */
  static AttentionMaps inspect(Path folder, Pair pair, Path out) {
    TranslationModel<?> model = ModelFolder.model(folder, Device.CPU);
    ModelFolder.Tokenizers tokenizers = ModelFolder.tokenizers(folder);
    Encoding source = tokenizers.source().encoding(pair.source());
    Tokenizer target = tokenizers.target();
    int[] wanted = target.withoutSpecials().encode(pair.target());
    int[] fed = IntStream.concat(IntStream.of(target.bos()), IntStream.of(wanted)).toArray();
    List<String> names = new ArrayList<>();
    for (int id : fed) names.add(target.decodeWithSpecials(new int[] {id}));

    AttentionMaps maps = AttentionMaps.of(model, source.ids(), source.tokens(), fed, names);
    maps.toJson(out.resolve("attention.json"));
    for (AttentionMaps.Kind kind : maps.weights().keySet())
      maps.grid(kind, out.resolve(kind.name().toLowerCase(Locale.ROOT) + ".png"));
    return maps;
  }
}
