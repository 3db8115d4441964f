package dev.heed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.Fixtures;
import dev.heed.OneThread;
import dev.heed.data.Blocks;
import dev.heed.data.Example;
import dev.heed.data.TokenBatch;
import dev.heed.hub.Architectures;
import dev.heed.hub.Checkpoint;
import dev.heed.model.CausalLm;
import dev.heed.nn.Module;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** For every decoder that there is a fixture of: documents in one block don't see each other. */
@SuppressWarnings("try") // scopes and NoGrad are there to be closed
@ExtendWith(OneThread.class)
final class PackedDocumentsTest {
  private static final int[] LENGTHS = {3, 9, 1, 5, 7}; // blocks of 12 end within the fourth

  static List<Path> decoders() throws IOException {
    List<Path> decoders = new ArrayList<>();
    try (Stream<Path> folders = Files.list(Fixtures.folder("hf/gpt2").getParent())) {
      for (Path folder : folders.sorted().toList()) {
        if (!Files.exists(folder.resolve("config.json"))) continue; // no model
        String name = Checkpoint.config(folder).path("architectures").path(0).asText();
        if (Architectures.all().stream().noneMatch(a -> a.name().equals(name))) continue;
        try (Scope scope = Scope.open()) {
          if (Checkpoint.load(folder, Device.CPU).model() instanceof CausalLm) decoders.add(folder);
        }
      }
    }
    return decoders;
  }

  @Test
  void learnedRotaryAndLinearPositionsAreTried() throws IOException {
    List<String> names = decoders().stream().map(f -> f.getFileName().toString()).toList();
    assertTrue(names.containsAll(List.of("gpt2", "llama", "bloom", "mistral")), names.toString());
  }

  @ParameterizedTest
  @MethodSource("decoders")
  void aPackedDocumentsLossIsItsLossAlone(Path folder) {
    Module model = Checkpoint.load(folder, Device.CPU).model();
    model.training(false);
    CausalLm decoder = (CausalLm) model;
    int vocabulary = (int) decoder.outputWeight().size(0);
    Random random = new Random(5);
    List<int[]> documents = new ArrayList<>();
    for (int length : LENGTHS) documents.add(random.ints(length, 0, vocabulary).toArray());

    try (NoGrad off = NoGrad.on();
        Scope scope = Scope.open()) {
      double alone = 0;
      long tokens = 0;
      CausalObjective plain = new CausalObjective(decoder, 0, false, Device.CPU);
      for (int[] document : documents)
        for (Example piece : Blocks.plain(List.of(document), 40, 2)) {
          TokenBatch batch =
              TokenBatch.of(Blocks.causal(piece.source(), piece.source().length - 1), 0);
          alone += plain.loss(batch, 1).sum();
          tokens += plain.weight(batch);
        }
      CausalObjective packed = new CausalObjective(decoder, 0, true, Device.CPU);
      TokenBatch one = TokenBatch.of(Blocks.packed(documents, 40), 0);
      assertEquals(tokens, packed.weight(one));
      assertEquals(alone, packed.loss(one, 1).sum(), 1e-4 * alone, "in one block");

      // A document that a block's end cuts is two; the label across the cut is kept.
      TokenBatch rows = TokenBatch.of(Blocks.packed(documents, 12), 0);
      double apart = 0;
      for (Example row : Blocks.packed(documents, 12))
        apart += packed.loss(TokenBatch.of(List.of(row), 0), 1).sum();
      assertEquals(apart, packed.loss(rows, 1).sum(), 1e-4 * apart, "rows and padding");
    }
  }
}
