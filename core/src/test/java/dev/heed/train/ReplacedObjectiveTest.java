package dev.heed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.OneThread;
import dev.heed.config.UserError;
import dev.heed.data.Example;
import dev.heed.data.Masking;
import dev.heed.data.ReplacedBatch;
import dev.heed.data.TokenBatch;
import dev.heed.hub.Checkpoint;
import dev.heed.model.Electra;
import dev.heed.model.TextModel;
import dev.heed.tensor.Device;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OneThread.class)
final class ReplacedObjectiveTest {
  private static TextModel model(String name, int size, int embedding) {
    ObjectNode config =
        JsonNodeFactory.instance
            .objectNode()
            .put("vocab_size", 30)
            .put("embedding_size", embedding)
            .put("hidden_size", size)
            .put("num_hidden_layers", 1)
            .put("num_attention_heads", 2)
            .put("intermediate_size", 32)
            .put("max_position_embeddings", 16);
    return (TextModel) Checkpoint.create(name, config).model();
  }

  private static Electra.Pair pair() {
    Randomness.seed(7);
    Electra.Pair pair =
        new Electra.Pair(
            model("ElectraForPreTraining", 16, 12), model("ElectraForMaskedLM", 8, 12));
    pair.training(false);
    return pair;
  }

  private static ReplacedBatch batch() {
    List<Example> texts =
        IntStream.of(12, 9, 5)
            .mapToObj(n -> new Example(IntStream.range(4, 4 + n).toArray(), new int[] {0}, n))
            .toList();
    Masking masking = new Masking(0.3, 1, 30, id -> false, id -> false);
    return ReplacedBatch.of(TokenBatch.of(texts, 0), masking, new Random(4));
  }

  @Test
  void allThatIsChosenIsMasked() {
    ReplacedBatch batch = batch();
    TokenBatch masked = batch.masked();
    assertTrue(masked.labelled() > 3);
    for (int i = 0; i < masked.ids().length; i++) {
      boolean chosen = masked.labels()[i] != TokenBatch.IGNORED;
      assertEquals(chosen ? 1 : batch.ids()[i], masked.ids()[i]);
      if (chosen) assertEquals(batch.ids()[i], masked.labels()[i]);
    }
  }

  @Test
  void samplesFollowTheProbabilities() {
    double[] p = {0.5, 0.125, 0, 0.25, 0.125};
    float[] logits = new float[p.length];
    for (int i = 0; i < p.length; i++) logits[i] = (float) Math.log(p[i]);
    float[] draws = {0, 0.49f, 0.51f, 0.62f, 0.63f, 0.87f, 0.88f, Math.nextDown(1f)};
    float[] rows = new float[draws.length * p.length];
    for (int i = 0; i < rows.length; i++) rows[i] = logits[i % p.length];
    assertArrayEquals(
        new long[] {0, 0, 1, 1, 3, 3, 4, 4},
        ReplacedObjective.sample(Tensor.of(rows, draws.length, p.length), draws));
  }

  @Test
  void theLossIsTheGeneratorsPlusLambdaTimesTheDiscriminators() {
    Electra.Pair pair = pair();
    ReplacedBatch batch = batch();
    double masks = batch.masked().labelled();
    double generator =
        new MaskedLmObjective(pair.generator(), Device.CPU).loss(batch.masked(), 1).sum() / masks;
    Objective.Loss without = new ReplacedObjective(pair, 1e-9, Device.CPU).loss(batch, masks);
    Objective.Loss once = new ReplacedObjective(pair, 1, Device.CPU).loss(batch, masks);
    Objective.Loss twice = new ReplacedObjective(pair, 2, Device.CPU).loss(batch, masks);
    assertEquals(generator, without.value().item(), 1e-5);
    assertEquals(generator, once.nll() / masks, 1e-5);
    double discriminator = once.value().item() - generator;
    assertEquals(0.69, discriminator, 0.3, "that of two classes, at first");
    assertEquals(2 * discriminator, twice.value().item() - generator, 1e-5);
    assertEquals(once.sum() / masks, once.value().item(), 1e-5);
  }

  @Test
  void nothingGoesBackThroughTheSamples() {
    Electra.Pair pair = pair();
    Tensor own = pair.generator().parameters().get("maskedLm.dense.weight");
    Tensor shared = pair.discriminator().parameters().get("encoder.tokens.weight");
    assertSame(shared, pair.generator().parameters().get("encoder.tokens.weight"));
    double[] norms = new double[4];
    for (int i = 0; i < 2; i++) {
      pair.parameters().values().forEach(weight -> weight.clearGrad());
      new ReplacedObjective(pair, i == 0 ? 1e-9 : 50, Device.CPU)
          .loss(batch(), 1)
          .value()
          .backward();
      norms[i] = own.grad().orElseThrow().norm().item();
      norms[2 + i] = shared.grad().orElseThrow().norm().item();
    }
    assertEquals(norms[0], norms[1], 1e-5 * norms[0]);
    assertTrue(norms[3] > 1.01 * norms[2], "the shared embeddings learn from both");
  }

  @Test
  void embeddingsMustBeOfOneWidth() {
    UserError error =
        assertThrows(
            UserError.class,
            () ->
                new Electra.Pair(
                    model("ElectraForPreTraining", 16, 12), model("ElectraForMaskedLM", 8, 10)));
    assertTrue(error.getMessage().contains("embedding_size"), error.getMessage());
  }
}
