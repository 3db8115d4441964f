package dev.heed.text;

import static ai.djl.huggingface.tokenizers.jni.TokenizersLibrary.LIB;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import dev.heed.config.UserError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Hugging Face's tokenizer library, with Java's chars and ids: the only class that calls it. */
final class NativeTokenizer {
  static {
    // Else the library would look for a CUDA build to download, and report its use from within EC2.
    setUnlessSet("RUST_FLAVOR", "cpu");
    setUnlessSet("OPT_OUT_TRACKING", "true");
  }

  private static final Map<String, String> UNCUT =
      Map.of("truncation", "do_not_truncate", "padding", "do_not_pad");

  private final HuggingFaceTokenizer library;

  /**
   * @throws RuntimeException with the library's reason, if the JSON describes no tokenizer
   */
  NativeTokenizer(String json) {
    var bytes = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
    try {
      library = HuggingFaceTokenizer.newInstance(bytes, UNCUT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Encoding encode(String text, boolean specials) {
    return encoding(held(() -> library.encode(checked(text), specials, false)), text, "");
  }

  Encoding encode(String first, String second, boolean specials) {
    var from = held(() -> library.encode(checked(first), checked(second), specials, false));
    return encoding(from, first, second);
  }

  /** Asks for the ids alone: the library's own batch call would build tokens and spans too. */
  List<int[]> encode(List<String> texts, boolean specials) {
    String[] batch = texts.stream().map(NativeTokenizer::checked).toArray(String[]::new);
    long[] encodings = held(() -> LIB.batchEncode(library.getHandle(), batch, specials));
    var ids = new ArrayList<int[]>(encodings.length);
    for (long encoding : encodings) {
      ids.add(ints(LIB.getTokenIds(encoding)));
      LIB.deleteEncoding(encoding);
    }
    return ids;
  }

  String decode(int[] ids, boolean skipSpecials) {
    return held(() -> library.decode(longs(ids), skipSpecials));
  }

  List<String> decode(List<int[]> ids, boolean skipSpecials) {
    long[][] batch = ids.stream().map(NativeTokenizer::longs).toArray(long[][]::new);
    return List.of(held(() -> library.batchDecode(batch, skipSpecials)));
  }

  /** Calls while the library's finalizer, which frees the native tokenizer, is held off. */
  private <T> T held(Supplier<T> call) {
    try {
      return call.get();
    } finally {
      Reference.reachabilityFence(library);
    }
  }

  private static Encoding encoding(
      ai.djl.huggingface.tokenizers.Encoding from, String first, String second) {
    int[] typeIds = ints(from.getTypeIds());
    int[] firstChars = charOffsets(first);
    int[] secondChars = charOffsets(second);
    var spans = new ArrayList<Encoding.Span>(typeIds.length);
    CharSpan[] codePoints = from.getCharTokenSpans();
    for (int i = 0; i < codePoints.length; i++) {
      CharSpan span = codePoints[i];
      if (span == null) {
        spans.add(new Encoding.Span(0, 0));
      } else {
        int[] chars = from.getSequenceIds()[i] == 0 ? firstChars : secondChars;
        spans.add(new Encoding.Span(chars[span.getStart()], chars[span.getEnd()]));
      }
    }
    return new Encoding(ints(from.getIds()), typeIds, List.of(from.getTokens()), spans);
  }

  /** Entry i is the index of the char at which code point i begins; the last is the length. */
  private static int[] charOffsets(String text) {
    int[] offsets = new int[text.codePointCount(0, text.length()) + 1];
    for (int i = 1; i < offsets.length; i++) {
      offsets[i] = text.offsetByCodePoints(offsets[i - 1], 1);
    }
    return offsets;
  }

  /** The library would spoil every character beyond the first 65,536, were one of them cut. */
  private static String checked(String text) {
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      if (Character.getType(codePoint) == Character.SURROGATE) {
        throw new UserError(
            "The text has half a surrogate pair at char "
                + i
                + ", which stands for no character: give text that is valid Unicode.");
      }
      i += Character.charCount(codePoint);
    }
    return text;
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) System.setProperty(property, value);
  }
}
