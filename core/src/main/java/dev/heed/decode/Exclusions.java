package dev.heed.decode;

import java.util.Arrays;

/** Which tokens may not come next. */
record Exclusions(SpecialTokens special, int ngram) {
  /** The tokens that may not follow a hypothesis, each once, in ascending order. */
  int[] after(int[] tokens) {
    int[] excluded = Arrays.copyOf(special.banned(), special.banned().length + tokens.length);
    int count = special.banned().length;
    int prefix = ngram - 1;
    // Wherever the newest ngram-1 tokens stood before, what followed them then may not now.
    if (ngram > 0)
      for (int end = prefix; end < tokens.length; end++)
        if (Arrays.equals(tokens, end - prefix, end, tokens, tokens.length - prefix, tokens.length))
          excluded[count++] = tokens[end];
    return Arrays.stream(excluded, 0, count).sorted().distinct().toArray();
  }

  static boolean contains(int[] excluded, int token) {
    return Arrays.binarySearch(excluded, token) >= 0;
  }
}
