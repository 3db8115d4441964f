package dev.heed.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.OneThread;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.model.Chain;
import dev.heed.model.Generation;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Drafts change how soon, never what. */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
class SpeculativeSearchTest {
  private static final SpecialTokens SPECIAL = new SpecialTokens(0, 1);
  private static final int[] PROMPT = {3, 5, 7};
  private static final int LENGTH = 12;

  private static CausalLm model(long seed) {
    Randomness.seed(seed);
    var config = new ObjectMapper().createObjectNode();
    config.put("vocab_size", 9).put("n_positions", 32).put("n_embd", 8);
    config.put("n_layer", 1).put("n_head", 2);
    var model = Checkpoint.create("GPT2LMHeadModel", config).model();
    model.training(false);
    try (NoGrad off = NoGrad.on()) {
      model.parameters().values().forEach(weight -> weight.normal_(0, 0.6));
    }
    return (CausalLm) model;
  }

  private static DecodeConfig config(int ngram, double penalty, Sampling sampling) {
    return new DecodeConfig(
        1,
        1,
        LengthPenalty.PLAIN,
        1,
        LENGTH,
        0,
        100,
        ngram,
        true,
        StopBound.EXACT,
        true,
        0,
        penalty,
        sampling);
  }

  private static Hypothesis alone(CausalLm model, DecodeConfig config, Start start) {
    try (Scope scope = Scope.open();
        Generation generation =
            Generation.of(
                model, Tensor.of(PROMPT, 1, PROMPT.length), new int[1], 1, start.maxLength())) {
      return Search.search(generation, SPECIAL, List.of(start), config).get(0).get(0);
    }
  }

  private static SpeculativeSearch drafted(
      Chain target, Chain draft, int ahead, DecodeConfig config, Start start) {
    return new SpeculativeSearch(target, draft, ahead, SPECIAL, start, config);
  }

  @Test
  void greedyIsTheTargetsOwn() {
    CausalLm target = model(1);
    for (CausalLm draft : List.of(target, model(2)))
      for (int ahead = 1; ahead <= 4; ahead++)
        for (int ngram = 0; ngram <= 2; ngram += 2)
          for (double penalty : new double[] {1, 1.5})
            try (Chain large = new Chain(target, Device.CPU);
                Chain small = new Chain(draft, Device.CPU)) {
              var config = config(ngram, penalty, Sampling.OFF);
              var start = new Start(PROMPT, LENGTH, 0, Start.Stop.NEVER);
              var search = drafted(large, small, ahead, config, start);
              Hypothesis found = search.search();
              Hypothesis own = alone(target, config, start);
              assertArrayEquals(own.tokens(), found.tokens());
              assertEquals(own.end(), found.end());
              assertEquals(own.logProbability(), found.logProbability(), 1e-4);
              if (draft == target) assertEquals(1, search.acceptance(), 1e-12);
            }
  }

  /** Two tokens drawn many times: χ² of the pairs against the model's own probabilities. */
  @Test
  void samplesAreTheTargetsOwn() {
    CausalLm target = model(1);
    var sampling = new Sampling(true, 1.3, 5, 1, 0, 1, 0);
    var config = config(0, 1, sampling);
    int draws = 1500;
    Map<String, Integer> drafted = new HashMap<>();
    Map<String, Integer> plain = new HashMap<>();
    try (Chain large = new Chain(target, Device.CPU);
        Chain small = new Chain(model(2), Device.CPU)) {
      for (int i = 0; i < draws; i++) {
        var start = new Start(PROMPT, 2, i, Start.Stop.NEVER);
        drafted.merge(said(drafted(large, small, 2, config, start).search()), 1, Integer::sum);
        plain.merge(said(alone(target, config, start)), 1, Integer::sum);
      }
    }
    double chi = 0;
    int cells = 0;
    for (String pair : plain.keySet()) {
      double a = plain.get(pair);
      double b = drafted.getOrDefault(pair, 0);
      if (a + b < 10) continue;
      chi += (a - b) * (a - b) / (a + b);
      cells++;
    }
    assertTrue(cells > 3, plain.toString());
    // A χ² of n degrees is beyond n + 4√(2n) less than once in a thousand times.
    assertEquals(0, chi, cells + 4 * Math.sqrt(2 * cells), plain + " " + drafted);
  }

  private static String said(Hypothesis one) {
    return Arrays.toString(one.tokens()) + one.end();
  }
}
