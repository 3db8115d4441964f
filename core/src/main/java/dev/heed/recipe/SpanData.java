package dev.heed.recipe;

import dev.heed.config.Doc;
import dev.heed.eval.SquadFile;
import dev.heed.task.Answerer;
import java.nio.file.Path;
import java.util.List;

/** Questions about texts that hold their answers, and how they become batches. */
public record SpanData(
    @Doc("folder that the names below are relative to") String dir,
    @Doc("training file in SQuAD's format, version 1.1 or 2.0, plain or gzip") String train,
    @Doc("validation file; empty: the last `validShare` of the training file") String valid,
    @Doc("share of the training file's questions that is kept for validation") double validShare,
    @Doc("tokens read at a time, question included; a longer text is read in windows") int window,
    @Doc("tokens that two windows share, at most half of what they have room for") int stride,
    @Doc("tokens of an answer at most, in validation") int longest,
    @Doc("most tokens of a batch, padding included") int batchTokens) {

  public static final SpanData DEFAULT =
      new SpanData(".", "train-v1.1.json", "dev-v1.1.json", 0.1, 384, 128, 30, 3072);

  public SpanData {
    if (window < 3) throw new IllegalArgumentException("window must be at least 3, not " + window);
    if (stride < 0) throw new IllegalArgumentException("stride must not be negative");
    if (longest < 1)
      throw new IllegalArgumentException("longest must be at least 1, not " + longest);
    if (window > batchTokens)
      throw new IllegalArgumentException(
          "batchTokens (%d) must be at least window (%d), or a batch could not hold one window"
              .formatted(batchTokens, window));
    if (!(validShare >= 0 && validShare < 1))
      throw new IllegalArgumentException(
          "validShare must be at least 0 and below 1, not " + validShare);
    if (valid.isEmpty() && validShare == 0)
      throw new IllegalArgumentException("name a file in valid, or give validShare");
  }

  /** The questions to train and to validate on. */
  record Questions(List<SquadFile.Question> train, List<SquadFile.Question> valid) {}

  /**
   * Reads the files.
   *
   * @throws dev.heed.config.UserError if one is missing or amiss
   */
  Questions read() {
    List<SquadFile.Question> all = SquadFile.questions(Path.of(dir).resolve(train));
    if (!valid.isEmpty())
      return new Questions(all, SquadFile.questions(Path.of(dir).resolve(valid)));
    int cut = Math.max(1, Math.min(all.size() - 1, (int) (all.size() * (1 - validShare))));
    // Questions about one text stay together.
    while (cut > 1 && all.get(cut).context().equals(all.get(cut - 1).context())) cut--;
    return new Questions(all.subList(0, cut), all.subList(cut, all.size()));
  }

  /**
   * How an {@link Answerer} would read the windows.
   *
   * @param noAnswer whether no answer is one too
   */
  Answerer.Options options(boolean noAnswer) {
    return new Answerer.Options(1, noAnswer, longest, window, stride, 1);
  }
}
