package dev.heed.task;

import dev.heed.config.UserError;
import dev.heed.decode.DecodeConfig;
import dev.heed.decode.Hypothesis;
import dev.heed.decode.Search;
import dev.heed.decode.SpecialTokens;
import dev.heed.inspect.AttentionMaps;
import dev.heed.inspect.TokenLabels;
import dev.heed.model.Generation;
import dev.heed.model.TranslationModel;
import dev.heed.model.Vocabulary;
import dev.heed.task.Translator.Scored;
import dev.heed.tensor.Device;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * An encoder–decoder between two tokenizers: lines in, lines out, on the calling thread.
 *
 * @param rows sentences decoded together
 */
public record Translation(
    TranslationModel<?> model,
    Tokenizer source,
    Tokenizer target,
    DecodeConfig decode,
    int rows,
    Device device) {

  /**
   * The best outputs of each line, best first; an empty line gives one empty output.
   *
   * @param first the number of the first line, for messages
   * @param done is told how many lines more are ready
   * @throws UserError if a line has more tokens than the model has positions
   */
  public List<List<Scored>> translate(List<String> lines, long first, IntConsumer done) {
    List<int[]> ids = source.encodeAll(lines);
    List<List<Scored>> results = new ArrayList<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      results.add(List.of(new Scored("", 0)));
      checkLength(first + i, ids.get(i).length);
      if (lines.get(i).isBlank()) done.accept(1);
      else order.add(i);
    }
    order.sort(Comparator.comparingInt((Integer i) -> ids.get(i).length).reversed());
    for (int from = 0; from < order.size(); from += rows) {
      List<Integer> batch = order.subList(from, Math.min(from + rows, order.size()));
      List<List<Hypothesis>> found = search(batch.stream().map(ids::get).toList());
      for (int i = 0; i < batch.size(); i++) results.set(batch.get(i), text(found.get(i)));
      done.accept(batch.size());
    }
    return results;
  }

  private void checkLength(long line, int tokens) {
    int most = model.config().positions();
    if (tokens > most)
      throw new UserError(
          "line %d has %d tokens, and the model takes at most %d: split it"
              .formatted(line, tokens, most));
  }

  /** The best hypotheses of each row of source ids. */
  List<List<Hypothesis>> search(List<int[]> sources) {
    Vocabulary vocabulary = model.vocabulary();
    int[] lengths = sources.stream().mapToInt(row -> row.length).toArray();
    int longest = Arrays.stream(lengths).max().orElseThrow();
    int[] padded = new int[sources.size() * longest];
    Arrays.fill(padded, vocabulary.pad());
    for (int i = 0; i < lengths.length; i++)
      System.arraycopy(sources.get(i), 0, padded, i * longest, lengths[i]);
    int[] maxLengths =
        Arrays.stream(decode.maxLengths(lengths))
            .map(most -> Math.min(most, model.config().positions()))
            .toArray();
    int capacity = IntStream.of(maxLengths).max().orElseThrow();
    SpecialTokens special =
        new SpecialTokens(vocabulary.bos(), vocabulary.eos(), vocabulary.pad(), vocabulary.bos());
    model.module().training(false);
    try (Scope scope = Scope.open()) {
      Tensor ids = Tensor.of(padded, sources.size(), longest).to(device); // (R, S)
      try (var generation = Generation.of(model, ids, model.real(ids), decode.beam(), capacity)) {
        return Search.search(generation, special, maxLengths, decode);
      }
    }
  }

  private List<Scored> text(List<Hypothesis> hypotheses) {
    List<String> texts = target.decodeAll(hypotheses.stream().map(Hypothesis::tokens).toList());
    return IntStream.range(0, texts.size())
        .mapToObj(i -> new Scored(texts.get(i), hypotheses.get(i).score()))
        .toList();
  }

  /** The attention weights between a source and a target: the one given, or the best found. */
  AttentionMaps attention(String line, Optional<String> given) {
    if (line.isBlank()) throw new UserError("the source sentence is empty: give one with words");
    int[] sourceIds = source.encode(line);
    int[] outputs =
        given
            .map(text -> withoutEnd(target.encode(text)))
            .orElseGet(() -> found(sourceIds, model.config().positions() - 1));
    int[] inputs =
        IntStream.concat(IntStream.of(model.vocabulary().bos()), IntStream.of(outputs)).toArray();
    return AttentionMaps.of(
        model,
        sourceIds,
        TokenLabels.of(source, sourceIds),
        inputs,
        TokenLabels.of(target, inputs));
  }

  private int[] found(int[] sourceIds, int most) {
    int[] tokens = search(List.of(sourceIds)).get(0).get(0).tokens();
    return Arrays.copyOf(tokens, Math.min(tokens.length, most));
  }

  private int[] withoutEnd(int[] ids) {
    boolean ended = ids.length > 0 && ids[ids.length - 1] == model.vocabulary().eos();
    return ended ? Arrays.copyOf(ids, ids.length - 1) : ids;
  }
}
