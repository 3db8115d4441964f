package dev.heed.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.Fixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Vocabularies that Hugging Face's Python package learnt from the same corpus. */
class TrainerParityTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void bpeLearnsTheMergesOfTheReference() throws IOException {
    Path folder = Fixtures.folder("oracle/tokenizer_bpe_bytelevel");
    JsonNode reference = JSON.readTree(folder.resolve("tokenizer.json").toFile());
    var trainer =
        new BpeTrainer(
            reference.at("/model/vocab").size(),
            minFrequency(folder),
            new Specials(specials(reference), "<unk>", ""));
    List<String> corpus = Files.readAllLines(folder.resolve("corpus.txt"));

    var expected = new ArrayList<PairMerges.Merge>();
    for (JsonNode merge : JSON.readTree(folder.resolve("merges.json").toFile())) {
      expected.add(
          new PairMerges.Merge(
              merge.get("left").asText(),
              merge.get("right").asText(),
              merge.get("count").asLong()));
    }
    assertTrue(expected.size() > 0);
    assertEquals(expected, trainer.learn(corpus).merges());

    JsonNode tree = trainer.train(corpus);
    assertEquals(reference.get("added_tokens"), tree.get("added_tokens"));
    assertEquals(reference.get("pre_tokenizer"), tree.get("pre_tokenizer"));
    assertEquals(reference.get("model"), tree.get("model"));
  }

  @Test
  void wordPieceLearnsTheVocabularyOfTheReference() throws IOException {
    Path folder = Fixtures.folder("oracle/tokenizer_wordpiece");
    JsonNode reference = JSON.readTree(folder.resolve("tokenizer.json").toFile());
    List<String> expected = tokens(reference.at("/model/vocab"));
    assertEquals(Specials.BERT.tokens(), specials(reference));
    var trainer = new WordPieceTrainer(expected.size(), minFrequency(folder), Specials.BERT);
    List<String> corpus = Files.readAllLines(folder.resolve("corpus.txt"));
    Map<String, Long> words = Corpus.count(corpus, BertText::words);

    List<String> alphabet = trainer.alphabet(words);
    List<String> theirs = expected.subList(0, alphabet.size());
    assertEquals(new HashSet<>(theirs), new HashSet<>(alphabet));
    // The reference numbers the symbols ##x in the order of a hash map, which decides ties.
    assertEquals(expected, trainer.learn(words, theirs).symbols());

    JsonNode tree = trainer.train(corpus);
    assertEquals(trainer.learn(words, alphabet).symbols(), tokens(tree.at("/model/vocab")));
    for (String part : List.of("added_tokens", "normalizer", "pre_tokenizer", "decoder")) {
      assertEquals(reference.get(part), tree.get(part), part);
    }
    assertEquals(reference.get("post_processor"), tree.get("post_processor"));
  }

  @Test
  void unigramSpellsTheCorpusAsShortlyAsTheReference() throws IOException {
    Path folder = Fixtures.folder("oracle/tokenizer_unigram");
    JsonNode reference = JSON.readTree(folder.resolve("tokenizer.json").toFile());
    List<String> corpus = Files.readAllLines(folder.resolve("corpus.txt"));
    int size = reference.at("/model/vocab").size();
    JsonNode tree = new UnigramTrainer(size, 2, Specials.SEQUENCE).train(corpus);
    assertEquals(size, tree.at("/model/vocab").size());
    assertEquals(reference.get("decoder"), tree.get("decoder"));
    // EM need not end in the same vocabulary, but in one that is no worse.
    long theirs = count(Tokenizer.load(folder), corpus);
    long ours = count(Tokenizer.of(tree.deepCopy()), corpus);
    assertTrue(ours <= theirs * 1.05, ours + " tokens, the reference " + theirs);
  }

  private static long count(Tokenizer tokenizer, List<String> corpus) {
    return tokenizer.withoutSpecials().encodeAll(corpus).stream().mapToLong(a -> a.length).sum();
  }

  private static int minFrequency(Path folder) throws IOException {
    Matcher match =
        Pattern.compile("min_frequency (\\d+)")
            .matcher(Files.readString(folder.resolve("spec.md")));
    assertTrue(match.find());
    return Integer.parseInt(match.group(1));
  }

  private static List<String> specials(JsonNode tree) {
    return StreamSupport.stream(tree.get("added_tokens").spliterator(), false)
        .map(token -> token.get("content").asText())
        .toList();
  }

  private static List<String> tokens(JsonNode vocabulary) {
    return vocabulary.properties().stream()
        .sorted((a, b) -> Integer.compare(a.getValue().asInt(), b.getValue().asInt()))
        .map(Map.Entry::getKey)
        .toList();
  }
}
