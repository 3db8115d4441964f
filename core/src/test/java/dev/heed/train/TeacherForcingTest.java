package dev.heed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.data.Example;
import dev.heed.data.IdBatch;
import dev.heed.data.TokenBatch;
import dev.heed.hub.Checkpoint;
import dev.heed.hub.SafeTensors;
import dev.heed.hub.SequenceIds;
import dev.heed.model.Seq2Seq;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss of Hugging Face's classes, gradients included, from batches that are padded. */
@ExtendWith(OneThread.class)
final class TeacherForcingTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"bart", "mbart", "pegasus", "marian", "t5-v1.0", "t5-v1.1", "switch_transformers"})
  void equalsHuggingFace(String name) {
    Path folder = Fixtures.folder("hf/" + name);
    SafeTensors file = SafeTensors.open(folder.resolve("io.safetensors"));
    try (Scope scope = Scope.open()) {
      IdBatch batch = batch(file);
      Checkpoint checkpoint = Checkpoint.load(folder, Device.CPU);
      checkpoint.model().training(false);
      TeacherForcing objective = new TeacherForcing((Seq2Seq) checkpoint.model(), 0, Device.CPU);
      long weight = objective.weight(batch);
      assertTrue(weight > 0 && weight <= batch.labels().length);
      Objective.Loss loss = objective.loss(batch, (double) weight);
      double expected = file.tensor("loss").item();
      assertEquals(expected, loss.value().item(), 1e-4);
      assertEquals(expected, loss.sum() / weight, 1e-4);

      // Routers count padding too, which the fixture's decoder masked and training doesn't.
      double tolerance = name.startsWith("switch") ? 2e-3 : 1e-4;
      loss.value().backward();
      int compared = 0;
      for (var weights : checkpoint.weights().keySet())
        if (file.names().contains("grad." + weights)) compared++;
      assertTrue(compared > 0, "no gradient");
      checkpoint
          .export(gradients(checkpoint))
          .forEach(
              (parameter, gradient) -> {
                if (file.names().contains("grad." + parameter))
                  assertEquals(
                      0,
                      gradient
                          .sub(file.tensor("grad." + parameter))
                          .norm(Double.POSITIVE_INFINITY)
                          .item(),
                      tolerance,
                      parameter);
              });
    }
  }

  private static Map<String, Tensor> gradients(Checkpoint checkpoint) {
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    checkpoint
        .model()
        .parameters()
        .forEach((name, w) -> w.grad().ifPresent(grad -> gradients.put(name, grad)));
    return gradients;
  }

  /** The fixture's inputs, lengths told by its mask. */
  private static IdBatch batch(SafeTensors file) {
    Tensor source = file.tensor("input_ids");
    Tensor labels = file.tensor("labels");
    int rows = (int) source.size(0);
    long[] mask =
        Optional.of("attention_mask")
            .filter(file.names()::contains)
            .map(name -> file.tensor(name).toLongs())
            .orElseThrow();
    int length = (int) source.size(1);
    int[] lengths = new int[rows];
    for (int i = 0; i < mask.length; i++) lengths[i / length] += (int) mask[i];
    return new IdBatch(
        rows,
        length,
        (int) labels.size(1),
        ints(source),
        ints(file.tensor("decoder_input_ids")),
        ints(labels),
        lengths,
        new int[rows]);
  }

  private static int[] ints(Tensor ids) {
    return Arrays.stream(ids.toLongs()).mapToInt(Math::toIntExact).toArray();
  }

  @Test
  void thePaddingIdMayBeAToken() {
    Checkpoint checkpoint = Checkpoint.load(Fixtures.folder("hf/t5-v1.0"), Device.CPU);
    checkpoint.model().training(false);
    SequenceIds ids = SequenceIds.of(checkpoint.config());
    TeacherForcing objective = new TeacherForcing((Seq2Seq) checkpoint.model(), 0, Device.CPU);
    Example with = new Example(new int[] {5, ids.pad(), 1}, new int[] {ids.pad(), 7, 1}, 1);
    Example longer = new Example(new int[] {5, 6, 7, 8, 1}, new int[] {5, 6, 7, 8, 1}, 2);
    double alone = loss(objective, ids, with);
    assertEquals(alone + loss(objective, ids, longer), loss(objective, ids, with, longer), 1e-3);
    IdBatch batch = IdBatch.of(List.of(with, longer), ids.pad(), ids::start);
    assertEquals(8, objective.weight(batch));
    assertEquals(TokenBatch.IGNORED, batch.labels()[3]);
  }

  private static double loss(TeacherForcing objective, SequenceIds ids, Example... examples) {
    return objective.loss(IdBatch.of(List.of(examples), ids.pad(), ids::start), 1).sum();
  }
}
