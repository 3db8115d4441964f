package dev.heed.inspect;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.attention.Memory;
import dev.heed.config.UserError;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.GenerationConfig;
import dev.heed.decode.Hypothesis;
import dev.heed.decode.Search;
import dev.heed.decode.Start;
import dev.heed.model.CausalLm;
import dev.heed.model.Generation;
import dev.heed.model.Seq2Seq;
import dev.heed.nn.Module;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What a model generates, held to what Hugging Face's {@code generate} gave. {@code
 * generation.json} has the settings of each run, such as {@code greedy} and {@code beam}; {@code
 * io.safetensors} has {@code generate.<run>}, the ids with the prompt or the start token first and
 * anything after the end, {@code generate.<run>_scores} of searches by beam, and the inputs that
 * all runs share, as {@code generate.input_ids} and so on.
 *
 * @param inputs without {@code generate.} before their names
 */
record GenerationCheck(Module model, ParityRun run, ParityRun.Inputs inputs) {
  /**
   * @param different how many ids are others than expected, infinite if the rows are of another
   *     number
   * @param scores the largest difference of scores
   */
  record Outcome(double different, double scores) {}

  /**
   * Generates and compares.
   *
   * @param settings Hugging Face's names
   * @param expected INT64 ids (rows, length)
   * @param scores of each row
   */
  Outcome compare(JsonNode settings, Tensor expected, Optional<Tensor> scores) {
    List<Hypothesis> found = new ArrayList<>();
    List<int[]> prompts = prompts(settings);
    generate(settings, prompts).forEach(found::addAll);
    int rows = (int) expected.size(0);
    if (found.size() != rows)
      return new Outcome(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
    int[] ids = Arrays.stream(expected.toDoubles()).mapToInt(id -> (int) id).toArray();
    int length = ids.length / rows;
    int different = 0;
    double worst = 0;
    for (int i = 0; i < rows; i++) {
      int[] ours = sequence(prompts.get(i / (rows / prompts.size())), found.get(i));
      int[] theirs = Arrays.copyOfRange(ids, i * length, (i + 1) * length);
      boolean ended = found.get(i).end().isPresent();
      for (int j = 0; j < Math.max(ours.length, length); j++)
        if (j >= length || j >= ours.length ? !(ended && j < length) : ours[j] != theirs[j])
          different++;
      if (scores.isPresent())
        worst = Math.max(worst, Math.abs(found.get(i).score() - scores.get().toDoubles()[i]));
    }
    return new Outcome(different, worst);
  }

  private static int[] sequence(int[] prompt, Hypothesis found) {
    return Stream.of(prompt, found.tokens(), found.end().stream().toArray())
        .flatMapToInt(IntStream::of)
        .toArray();
  }

  /** What each row's ids start with. */
  private List<int[]> prompts(JsonNode settings) {
    if (!(model instanceof CausalLm)) {
      int start = GenerationConfig.read(settings, 1).special().bos();
      return IntStream.range(0, rows()).mapToObj(row -> new int[] {start}).toList();
    }
    int length = (int) inputs.get("input_ids").size(1);
    double[] ids = inputs.get("input_ids").toDoubles();
    return IntStream.range(0, rows())
        .mapToObj(row -> Arrays.stream(ids, row * length, (row + 1) * length))
        .map(row -> row.mapToInt(id -> (int) id).toArray())
        .toList();
  }

  private int rows() {
    return (int) inputs.tensors().values().iterator().next().size(0);
  }

  private List<List<Hypothesis>> generate(JsonNode settings, List<int[]> prompts) {
    GenerationConfig config = GenerationConfig.read(settings, prompts.get(0).length);
    DecodeConfig decode = config.decode();
    int most = decode.maxLength() - (config.countsPrompt() ? prompts.get(0).length : 0);
    List<Start> starts =
        prompts.stream().map(prompt -> new Start(prompt, most, 0, Start.Stop.NEVER)).toList();
    try (Scope scope = Scope.open();
        NoGrad off = NoGrad.on();
        Generation generation = generation(decode.width(), most)) {
      return Search.search(generation, config.special(), starts, decode);
    }
  }

  private Generation generation(int beams, int most) {
    if (model instanceof CausalLm causal)
      return Generation.of(causal, inputs.get("input_ids"), pads(), beams, most);
    if (model instanceof Seq2Seq seq2seq) {
      Memory memory =
          run.memory(inputs)
              .orElseThrow(() -> new UserError("this model's generation can't be checked"));
      return Generation.of(seq2seq, memory, beams, most);
    }
    throw new UserError("a " + model.getClass().getSimpleName() + " doesn't generate");
  }

  /** The padding before each prompt. */
  private int[] pads() {
    int[] pads = new int[rows()];
    if (!inputs.has("attention_mask")) return pads;
    double[] real = inputs.get("attention_mask").toDoubles();
    int length = real.length / pads.length;
    for (int i = 0; i < real.length; i++) if (real[i] == 0) pads[i / length]++;
    for (int row = 0; row < pads.length; row++)
      if (pads[row] == length || real[row * length + pads[row]] == 0)
        throw new UserError("generate.attention_mask must have its zeros on the left");
    return pads;
  }
}
