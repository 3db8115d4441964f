package dev.heed.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tokenizer of a Llama in the {@code tokenizer.bin} of <a
 * href="https://github.com/karpathy/llama2.c">llama2.c</a>: the int32 length of the longest piece,
 * then for each token a float32 score, an int32 length and so many bytes of UTF-8, all little
 * endian. Ids 0, 1 and 2 are {@code <unk>}, {@code <s>} and {@code </s>}; the 256 after them are
 * bytes.
 *
 * <p>SentencePiece's BPE joins the two neighbours whose piece has the highest score, so a piece's
 * merges are all pairs of pieces that make it, in the order of scores.
 */
public final class LlamaTokens {
  private static final int SPECIALS = 3;
  private static final int BYTES = 256;

  private LlamaTokens() {}

  /**
   * Reads a tokenizer.bin.
   *
   * @throws UserError if the file is missing or broken
   */
  public static Tokenizer load(Path file) {
    ByteBuffer data;
    try {
      data = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
    List<String> pieces = new ArrayList<>();
    List<Float> scores = new ArrayList<>();
    try {
      data.getInt();
      while (data.hasRemaining()) {
        scores.add(data.getFloat());
        int length = data.getInt();
        if (length < 0 || length > data.remaining()) throw new BufferUnderflowException();
        byte[] bytes = new byte[length];
        data.get(bytes);
        pieces.add(new String(bytes, StandardCharsets.UTF_8).replace(' ', '▁'));
      }
    } catch (BufferUnderflowException e) {
      throw new UserError(file + " ends amid a token: it is no whole tokenizer.bin", e);
    }
    if (pieces.size() < SPECIALS + BYTES || !pieces.get(SPECIALS).equals("<0x00>"))
      throw new UserError(file + " is no tokenizer.bin: its bytes don't begin at token 3");
    return Tokenizer.of(tree(pieces, scores));
  }

  private static ObjectNode tree(List<String> pieces, List<Float> scores) {
    List<String> specials = List.of("<unk>", "<s>", "</s>");
    for (int id = 0; id < SPECIALS; id++) pieces.set(id, specials.get(id));
    ObjectNode decoder = TokenizerFile.part("Sequence");
    ArrayNode decoders = decoder.putArray("decoders");
    decoders.add(replace("▁", " "));
    decoders.add(TokenizerFile.part("ByteFallback"));
    decoders.add(TokenizerFile.part("Fuse"));
    decoders.add(TokenizerFile.part("Strip").put("content", " ").put("start", 1).put("stop", 0));

    ObjectNode model =
        TokenizerFile.part("BPE")
            .put("unk_token", "<unk>")
            .put("fuse_unk", true)
            .put("byte_fallback", true);
    model.set("vocab", TokenizerFile.vocabulary(pieces));
    merges(model.putArray("merges"), pieces, scores);

    ObjectNode tree =
        TokenizerFile.of(
            new Specials(specials, "<unk>", "<s> $A"),
            TokenizerFile.JSON.nullNode(),
            decoder,
            model);
    ObjectNode normalizer = tree.putObject("normalizer").put("type", "Sequence");
    ArrayNode normalizers = normalizer.putArray("normalizers");
    normalizers.add(TokenizerFile.part("Prepend").put("prepend", "▁"));
    normalizers.add(replace(" ", "▁"));
    return tree;
  }

  private static ObjectNode replace(String what, String by) {
    ObjectNode node = TokenizerFile.part("Replace");
    node.putObject("pattern").put("String", what);
    return node.put("content", by);
  }

  private static void merges(ArrayNode merges, List<String> pieces, List<Float> scores) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = SPECIALS + BYTES; id < pieces.size(); id++) ids.put(pieces.get(id), id);
    ids.keySet().stream()
        .sorted(Comparator.comparingDouble(piece -> -scores.get(ids.get(piece))))
        .forEach(
            piece -> {
              for (int cut = 1; cut < piece.length(); cut++) {
                String left = piece.substring(0, cut);
                String right = piece.substring(cut);
                if (ids.containsKey(left) && ids.containsKey(right))
                  merges.addArray().add(left).add(right);
              }
            });
  }
}
