package dev.heed.recipe;

import dev.heed.data.Example;
import dev.heed.data.Labelled;
import dev.heed.data.TokenBatch;
import dev.heed.text.Encoding;
import dev.heed.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Labelled texts as ids: what is beyond the greatest length is cut off before the end token. */
record LabelledExamples(Tokenizer tokenizer, LabelSet labels, int maxLength) {
  /** One label for each text. */
  List<Example> ofTexts(List<Labelled> texts) {
    List<int[]> ids = tokenizer.encodeAll(texts.stream().map(t -> t.words().get(0)).toList());
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      Labelled text = texts.get(i);
      int label = labels.number(text.labels().get(0), text.where());
      examples.add(new Example(cut(ids.get(i)), new int[] {label}, i + 1L));
    }
    return examples;
  }

  /** The label of a word at its first token; its other tokens have none. */
  List<Example> ofWords(List<Labelled> texts) {
    List<Example> examples = new ArrayList<>();
    for (Labelled text : texts) {
      Encoding encoding = tokenizer.encoding(String.join(" ", text.words()));
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
      int[] ids = cut(encoding.ids());
      int[] kept = Arrays.copyOf(target, ids.length);
      if (ids.length < target.length) kept[ids.length - 1] = TokenBatch.IGNORED;
      examples.add(new Example(ids, kept, examples.size() + 1L));
    }
    return examples;
  }

  /** Special tokens stand for no text. */
  private static boolean isBefore(Encoding.Span span, int start) {
    return span.end() <= start || span.start() == span.end();
  }

  private int[] cut(int[] ids) {
    if (ids.length <= maxLength) return ids;
    int[] kept = Arrays.copyOf(ids, maxLength);
    kept[maxLength - 1] = ids[ids.length - 1];
    return kept;
  }
}
