package dev.heed.data;

import dev.heed.config.Doc;
import dev.heed.config.UserError;
import java.nio.file.Path;

/** Which corpora, and how they become batches. */
public record DataConfig(
    @Doc("folder that the names below are relative to") String dir,
    @Doc(
            "`lines` are two aligned files; these, `tsv` and `jsonl` may be gzip; `dates` are made and need no file")
        Format format,
    @Doc("source side: the files' suffix (`lines`), column from 1 (`tsv`) or field (`jsonl`)")
        String source,
    @Doc("target side, likewise") String target,
    @Doc(
            "training corpus: the files' prefix (`lines`), the file's name, or how many pairs (`dates`)")
        String train,
    @Doc("validation corpus, likewise") String valid,
    @Doc("longest side of a training pair, in tokens; longer pairs are left out") int maxLength,
    @Doc(
            "greatest ratio of a training pair's token counts; pairs beyond it are left out; 0 = no bound")
        double maxRatio,
    @Doc("most tokens of a batch on either side, padding included") int batchTokens,
    @Doc("read the corpus anew each epoch instead of holding it in memory") boolean streaming,
    @Doc("pairs shuffled together when streaming") int pool) {

  /** How a corpus is stored. */
  public enum Format {
    LINES,
    TSV,
    JSONL,
    DATES
  }

  public static final DataConfig DEFAULT =
      new DataConfig(".", Format.LINES, "en", "de", "train", "val", 256, 0, 4096, false, 50_000);

  public DataConfig {
    atLeastOne("maxLength", maxLength);
    atLeastOne("batchTokens", batchTokens);
    atLeastOne("pool", pool);
    if (!(maxRatio == 0 || maxRatio >= 1))
      throw new IllegalArgumentException("maxRatio must be 0 or at least 1, not " + maxRatio);
    if (maxLength > batchTokens)
      throw new IllegalArgumentException(
          "batchTokens (%d) must be at least maxLength (%d), or a batch could not hold one pair"
              .formatted(batchTokens, maxLength));
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) throw new IllegalArgumentException(name + " must be at least 1, not " + value);
  }

  /** The training corpus; {@code seed} counts for dates alone. */
  public Corpus trainCorpus(long seed) {
    return corpus("train", train, seed, DateCorpus.Split.TRAIN);
  }

  public Corpus validCorpus(long seed) {
    return corpus("valid", valid, seed, DateCorpus.Split.VALIDATION);
  }

  /** A corpus to test on, named as the others are; it counts dates that no seed trains on. */
  public Corpus testCorpus(String name, long seed) {
    return corpus("test", name, seed, DateCorpus.Split.TEST);
  }

  private Corpus corpus(String key, String name, long seed, DateCorpus.Split split) {
    Path folder = Path.of(dir);
    return switch (format) {
      case LINES ->
          new LineCorpus(folder.resolve(name + "." + source), folder.resolve(name + "." + target));
      case TSV ->
          new TsvCorpus(folder.resolve(name), number("source", source), number("target", target));
      case JSONL -> new JsonlCorpus(folder.resolve(name), source, target);
      case DATES -> new DateCorpus(seed, number(key, name), split);
    };
  }

  private static int number(String key, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new UserError("data." + key + " must be a whole number here, not \"" + text + "\"", e);
    }
  }
}
