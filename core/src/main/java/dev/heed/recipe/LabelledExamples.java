package dev.heed.recipe;

import dev.heed.config.UserError;
import dev.heed.data.Labelled;
import dev.heed.data.TokenBatch;
import dev.heed.task.Fitting;
import dev.heed.task.Labels;
import dev.heed.task.Row;
import dev.heed.task.TooLong;
import dev.heed.text.Encoding;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Labelled texts as rows of at most {@code maxLength} tokens; what is beyond is left out. */
record LabelledExamples(Tokenizer tokenizer, int maxLength) {
  /** The class of each text, or pair of texts. */
  LabelledRows ofClasses(List<Labelled> texts, Labels labels) {
    return ofTexts(texts, text -> labels.number(text.labels().get(0), text.where()));
  }

  /**
   * The number that each text, or pair of texts, is labelled with.
   *
   * @throws UserError if one is no number
   */
  LabelledRows ofNumbers(List<Labelled> texts) {
    return ofTexts(texts, text -> Float.floatToIntBits(number(text)));
  }

  private static float number(Labelled text) {
    String label = text.labels().get(0);
    try {
      float number = Float.parseFloat(label);
      if (Float.isFinite(number)) return number;
    } catch (NumberFormatException e) {
      // told below, as is what is not finite
    }
    throw new UserError(
        "%s: the label \"%s\" is no number, which task regress learns"
            .formatted(text.where(), label));
  }

  private LabelledRows ofTexts(List<Labelled> texts, Function<Labelled, Integer> label) {
    Fitting fitting = fitting();
    List<Row> rows = new ArrayList<>();
    for (Labelled text : texts) {
      String one = text.words().get(0);
      int number = rows.size();
      rows.add(
          text.second()
              .map(
                  other -> {
                    Encoding both = tokenizer.encoding(one, other);
                    return Row.of(both, fitting.kept(number, one, other, both));
                  })
              .orElseGet(
                  () -> {
                    Encoding encoding = tokenizer.encoding(one);
                    return Row.of(encoding, fitting.kept(number, one, encoding));
                  }));
    }
    return new LabelledRows(
        rows, texts.stream().map(text -> new int[] {label.apply(text)}).toList(), tokenizer.pad());
  }

  /** The label of a word at its first token; its other tokens have none. */
  LabelledRows ofWords(List<Labelled> texts, Labels labels) {
    Fitting fitting = fitting();
    List<Row> rows = new ArrayList<>();
    List<int[]> targets = new ArrayList<>();
    for (Labelled text : texts) {
      String sentence = String.join(" ", text.words());
      Encoding encoding = tokenizer.encoding(sentence);
      int[] target = new int[encoding.size()];
      Arrays.fill(target, TokenBatch.IGNORED);
      int start = 0;
      int token = 0;
      for (int word = 0; word < text.words().size(); word++) {
        while (token < target.length && isBefore(encoding.spans().get(token), start)) token++;
        int end = start + text.words().get(word).length();
        if (token < target.length && encoding.spans().get(token).start() < end)
          target[token] = labels.number(text.labels().get(word), text.where());
        start = end + 1;
      }
      int[] kept = fitting.kept(rows.size(), sentence, encoding);
      rows.add(Row.of(encoding, kept));
      targets.add(IntStream.of(kept).map(t -> target[t]).toArray());
    }
    return new LabelledRows(rows, targets, tokenizer.pad());
  }

  /** Special tokens stand for no text. */
  private static boolean isBefore(Encoding.Span span, int start) {
    return span.end() <= start || span.start() == span.end();
  }

  private Fitting fitting() {
    return new Fitting(tokenizer, maxLength, TooLong.CUT, 1);
  }
}
