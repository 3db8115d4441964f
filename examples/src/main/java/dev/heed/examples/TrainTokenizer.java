package dev.heed.examples;

import dev.heed.text.Tokenizer;
import dev.heed.text.TokenizerTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Learns a byte-level BPE vocabulary from a text file: {@code TrainTokenizer train.en 6000 out}.
 */
public final class TrainTokenizer {
  private TrainTokenizer() {}

  public static void main(String[] args) throws IOException {
    List<String> lines = Files.readAllLines(Path.of(args[0]));
    Tokenizer tokenizer = train(lines, Integer.parseInt(args[1]), Path.of(args[2]));
    System.out.println(tokenizer.encoding(lines.get(0)).tokens());
  }

  /** Writes {@code tokenizer.json}, which Hugging Face's tokenizers read too. */
  static Tokenizer train(List<String> lines, int vocabulary, Path folder) throws IOException {
    TokenizerTrainer trainer = TokenizerTrainer.of("bpe", vocabulary, 2);
    Tokenizer tokenizer = Tokenizer.of(trainer.train(lines));
    tokenizer.save(Files.createDirectories(folder));
    return tokenizer;
  }
}
