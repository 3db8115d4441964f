package dev.heed.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** A corpus as token ids, less what a {@link Filter} leaves out; encoded anew on every pass. */
public final class Examples implements Iterable<Example> {
  /** Texts handed to a tokenizer at once, so that it can work in parallel. */
  private static final int CHUNK = 1024;

  private final Corpus corpus;
  private final Function<List<String>, List<int[]>> sourceIds;
  private final Function<List<String>, List<int[]>> targetIds;
  private final Filter filter;
  private volatile Map<Filter.Verdict, LongAdder> counts = noughts();

  /**
   * @param sourceIds texts → as many rows of ids, framed as the model wants its input
   * @param targetIds texts → as many rows of ids, each ending with the end-of-sentence id
   */
  public Examples(
      Corpus corpus,
      Function<List<String>, List<int[]>> sourceIds,
      Function<List<String>, List<int[]>> targetIds,
      Filter filter) {
    this.corpus = corpus;
    this.sourceIds = sourceIds;
    this.targetIds = targetIds;
    this.filter = filter;
  }

  /** A new pass; {@link #report()} counts from nought again. */
  @Override
  public Cursor<Example> iterator() {
    counts = noughts();
    return new Pass(counts);
  }

  /** All examples, kept in memory. */
  public List<Example> toList() {
    List<Example> all = new ArrayList<>();
    try (var examples = iterator()) {
      examples.forEachRemaining(all::add);
    }
    return all;
  }

  /** How many examples the latest pass has kept and left out so far, and why. */
  public Filter.Report report() {
    Map<Filter.Verdict, Long> map = new EnumMap<>(Filter.Verdict.class);
    counts.forEach((verdict, count) -> map.put(verdict, count.sum()));
    return new Filter.Report(map);
  }

  /** Adders, since the pass may be made on another thread than the one that asks. */
  private static Map<Filter.Verdict, LongAdder> noughts() {
    Map<Filter.Verdict, LongAdder> map = new EnumMap<>(Filter.Verdict.class);
    for (var verdict : Filter.Verdict.values()) map.put(verdict, new LongAdder());
    return map;
  }

  private final class Pass implements Cursor<Example> {
    private final Map<Filter.Verdict, LongAdder> counts;
    private final Cursor<Pair> pairs = corpus.iterator();
    private final Queue<Example> encoded = new ArrayDeque<>();
    private long number;

    Pass(Map<Filter.Verdict, LongAdder> counts) {
      this.counts = counts;
    }

    @Override
    public boolean hasNext() {
      while (encoded.isEmpty() && pairs.hasNext()) encodeChunk();
      return !encoded.isEmpty();
    }

    @Override
    public Example next() {
      if (!hasNext()) throw new NoSuchElementException();
      return encoded.remove();
    }

    @Override
    public void close() {
      pairs.close();
    }

    private void encodeChunk() {
      List<Pair> chunk = new ArrayList<>();
      while (chunk.size() < CHUNK && pairs.hasNext()) chunk.add(pairs.next());
      List<int[]> sources = encode(sourceIds, chunk.stream().map(Pair::source).toList());
      List<int[]> targets = encode(targetIds, chunk.stream().map(Pair::target).toList());
      for (int i = 0; i < chunk.size(); i++) {
        number++;
        var verdict = filter.judge(chunk.get(i), sources.get(i), targets.get(i));
        counts.get(verdict).increment();
        if (verdict == Filter.Verdict.KEPT)
          encoded.add(new Example(sources.get(i), targets.get(i), number));
      }
    }

    private List<int[]> encode(Function<List<String>, List<int[]>> ids, List<String> texts) {
      List<int[]> rows = ids.apply(texts);
      if (rows.size() != texts.size())
        throw new IllegalArgumentException(
            "%d texts of %s gave %d rows of ids"
                .formatted(texts.size(), corpus.name(), rows.size()));
      return rows;
    }
  }
}
