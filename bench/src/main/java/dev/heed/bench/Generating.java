package dev.heed.bench;

import dev.heed.decode.DecodeConfig;
import dev.heed.decode.LengthPenalty;
import dev.heed.decode.Sampling;
import dev.heed.decode.StopBound;
import dev.heed.task.Generator;
import dev.heed.task.Prompt;
import dev.heed.tensor.Device;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Our side of a contest in generating: greedily, from ids to ids, by a {@link Generator}. Each
 * round has prompts of its own, so that nothing is known of them.
 */
final class Generating implements Serve.Contestant {
  private final Generator generator;
  private final int[][][] batches;
  private int next;

  Generating(Path model, Work work, int tokens) {
    batches = work.sources();
    Generator loaded = Generator.load(model, Device.CPU);
    var decode =
        new DecodeConfig(
            1,
            1,
            LengthPenalty.NONE,
            0,
            tokens,
            0,
            Integer.MAX_VALUE,
            0,
            true,
            StopBound.EXACT,
            /* cut= */ true,
            /* minLength= */ tokens,
            1,
            Sampling.OFF);
    generator =
        loaded.with(new Generator.Settings(decode, false, List.of(), false, batches[0].length));
  }

  @Override
  public Map<String, Object> answer(String command, int number) {
    return switch (command) {
      case "ids" -> Map.of("ids", generate(batches[0]));
      case "run" -> run(batches[next++ % batches.length]);
      default -> throw Serve.Contestant.unknown(command);
    };
  }

  private Map<String, Object> run(int[][] prompts) {
    long start = System.nanoTime();
    List<int[]> outputs = generate(prompts);
    return Map.of(
        "seconds", (System.nanoTime() - start) / 1e9,
        "tokens", outputs.stream().mapToInt(ids -> ids.length).sum(),
        "peak_rss_mb", Machine.peakMiB());
  }

  private List<int[]> generate(int[][] prompts) {
    return generator.generate(Arrays.stream(prompts).map(Prompt.Ids::new).toList()).stream()
        .map(found -> found.get(0).tokens())
        .toList();
  }
}
