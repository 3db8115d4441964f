package dev.heed.model;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.heed.Fixtures;
import dev.heed.ModelParity;
import dev.heed.OneThread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link RecurrentSeq2Seq}, by {@link dev.heed.nn.Recurrent} and each of {@link
 * dev.heed.attention.FixedContext}, {@link dev.heed.attention.BahdanauDecoder} and {@link
 * dev.heed.attention.LuongDecoder}, and {@link ConvSeq2Seq} against their papers' equations:
 * encoder states, logits, weights, loss and gradients.
 */
@ExtendWith(OneThread.class)
final class AncestorsParityTest {
  /** Every case under them. */
  static Stream<String> cases() throws IOException {
    Stream.Builder<String> cases = Stream.builder();
    for (String subject :
        List.of("seq2seq/fixed", "seq2seq/bahdanau", "seq2seq/luong", "seq2seq/conv")) {
      List<Path> folders;
      try (var files = Files.list(Fixtures.folder(subject))) {
        folders = files.filter(Files::isDirectory).sorted().toList();
      }
      assertFalse(folders.isEmpty(), "no cases of " + subject);
      folders.forEach(folder -> cases.add(subject + "/" + folder.getFileName()));
    }
    return cases.build();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void computesWhatThePapersSay(String subject) {
    ModelParity.check(subject);
  }
}
