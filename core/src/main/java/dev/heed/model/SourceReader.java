package dev.heed.model;

import dev.heed.attention.Memory;
import dev.heed.attention.Pass;
import dev.heed.data.Mask;
import dev.heed.nn.Module;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;

/**
 * An encoder–decoder as an encoder of text: the decoder is fed what the encoder has read, one place
 * to the right, and gives the vectors (Lewis et al. 2020, section 3). B texts of T tokens.
 */
public final class SourceReader extends Module implements TextEncoder {
  private final Seq2Seq model;
  private final OptionalInt start;
  private final OptionalInt end;
  private final int positions;

  /**
   * @param start what the decoder begins with; if empty, the text's last token
   * @param end whose last place alone is given, (B, 1, D); if empty, all are
   */
  <M extends Module & Seq2Seq> SourceReader(
      M model, OptionalInt start, OptionalInt end, int positions) {
    this.model = child("model", model);
    this.start = start;
    this.end = end;
    this.positions = positions;
  }

  @Override
  public Tensor encode(TextInput input) {
    Tensor ids = input.ids(); // (B, T)
    Memory memory = model.encode(ids, input.real());
    Tensor shifted =
        Tensor.cat(1, List.of(first(input), ids.narrow(1, 0, ids.size(1) - 1))); // (B, T)
    Tensor hidden = model.decode(shifted, memory, Pass.whole(shifted, Mask.NONE)); // (B, T, D)
    if (end.isEmpty()) return hidden;
    Tensor last = last(ids.eq(end.getAsInt())); // (B)
    return hidden.gather(1, last.view(-1, 1, 1).expand(-1, 1, hidden.size(2))); // (B, 1, D)
  }

  /** What the decoder begins with, (B, 1). */
  private Tensor first(TextInput input) {
    Tensor ids = input.ids();
    if (start.isPresent())
      return Tensor.full(start.getAsInt(), Dtype.INT64, ids.device(), ids.size(0), 1);
    return input
        .real()
        .map(real -> ids.gather(1, last(real).unsqueeze(1)))
        .orElseGet(() -> ids.narrow(1, ids.size(1) - 1, 1));
  }

  /** Where BOOL (B, T) is true for the last time, (B). */
  private static Tensor last(Tensor where) {
    Tensor places = Tensor.arange(where.size(1), where.device()); // (T)
    return where.to(Dtype.INT64).mul(places).argmax(1); // (B)
  }

  @Override
  public int positions() {
    return positions;
  }
}
