package dev.heed.bench;

import dev.heed.decode.DecodeConfig;
import dev.heed.decode.Hypothesis;
import dev.heed.decode.LengthPenalty;
import dev.heed.decode.Search;
import dev.heed.decode.SpecialTokens;
import dev.heed.model.Generation;
import dev.heed.model.Transformer;
import dev.heed.model.Vocabulary;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Our side of a translation contest: beam search over the work folder's sources, from ids to ids.
 */
final class Translating implements Serve.Contestant {
  private final Transformer model;
  private final int[][][] batches;
  private final DecodeConfig decode;

  Translating(Work work, int beam, int maxLength) {
    model = work.model();
    model.training(false);
    batches = work.sources();
    decode =
        new DecodeConfig(
            beam, 1, LengthPenalty.PLAIN, 1.0, maxLength, 0, maxLength, 0, /* earlyStop= */ true);
  }

  @Override
  public Map<String, Object> answer(String command, int number) {
    return switch (command) {
      case "ids" -> Map.of("ids", Arrays.asList(translate(batches[0])));
      case "run" -> run();
      default -> throw Serve.Contestant.unknown(command);
    };
  }

  private Map<String, Object> run() {
    long sentences = 0;
    long tokens = 0;
    long start = System.nanoTime();
    for (int[][] batch : batches)
      for (int[] ids : translate(batch)) {
        sentences++;
        tokens += ids.length;
      }
    double seconds = (System.nanoTime() - start) / 1e9;
    return Map.of(
        "seconds", seconds,
        "sentences", sentences,
        "target_tokens", tokens,
        "peak_rss_mb", Machine.peakMiB());
  }

  /** The best hypothesis of each row, up to and with its end token. */
  private int[][] translate(int[][] rows) {
    Vocabulary v = model.vocabulary();
    int longest = Arrays.stream(rows).mapToInt(row -> row.length).max().orElseThrow();
    int[] padded =
        Arrays.stream(rows)
            .flatMapToInt(
                row -> IntStream.range(0, longest).map(i -> i < row.length ? row[i] : v.pad()))
            .toArray();
    int[] maxLengths = decode.maxLengths(Arrays.stream(rows).mapToInt(r -> r.length).toArray());
    SpecialTokens special = new SpecialTokens(v.bos(), v.eos(), v.pad(), v.bos());
    try (Scope scope = Scope.open()) {
      Tensor ids = Tensor.of(padded, rows.length, longest); // (R, S)
      try (Generation generation =
          Generation.of(model, ids, model.real(ids), decode.beam(), decode.maxLength())) {
        List<List<Hypothesis>> found = Search.search(generation, special, maxLengths, decode);
        return found.stream().map(best -> ended(best.get(0), v.eos())).toArray(int[][]::new);
      }
    }
  }

  private static int[] ended(Hypothesis hypothesis, int eos) {
    int[] ids = Arrays.copyOf(hypothesis.tokens(), hypothesis.tokens().length + 1);
    ids[ids.length - 1] = eos;
    return ids;
  }
}
