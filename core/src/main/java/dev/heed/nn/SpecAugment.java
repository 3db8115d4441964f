package dev.heed.nn;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Hides spans of frames behind one trained vector, and spans of channels behind zeros, in training
 * (Park et al. 2019; Baevski et al. 2020, section 4.2).
 */
public final class SpecAugment extends Module {
  /**
   * How much of a sequence is hidden.
   *
   * @param share of its places, if no spans overlapped; 0 hides nothing
   * @param length places of each span
   * @param least the least number of spans
   */
  public record Spans(double share, int length, int least) {
    public Spans {
      if (!(share >= 0 && share <= 1))
        throw new IllegalArgumentException("the share to hide must be in [0, 1], not " + share);
      Sizes.positive("the length of hidden spans", length);
    }
  }

  private final Spans frames;
  private final Spans channels;
  private final Optional<Tensor> hidden; // (D)

  public SpecAugment(int size, Spans frames, Spans channels) {
    this.frames = frames;
    this.channels = channels;
    this.hidden =
        frames.share() > 0 || channels.share() > 0
            ? Optional.of(parameter("hidden", Init.normal(1, size)))
            : Optional.empty();
  }

  /**
   * (B, T, D) → (B, T, D).
   *
   * @param lengths (B) how many of each row's frames are no padding
   */
  public Tensor forward(Tensor x, long[] lengths) {
    if (!training() || hidden.isEmpty()) return x;
    int length = (int) x.size(1);
    int size = (int) x.size(2);
    Tensor result = x;
    if (frames.share() > 0) {
      Tensor mask = draw(frames, lengths, length).to(x.device()).to(x.dtype()).unsqueeze(2);
      result = result.mul(mask.mul(-1).add(1)).add(mask.mul(hidden.get())); // (B, T, D)
    }
    if (channels.share() > 0) {
      long[] sizes = new long[lengths.length];
      Arrays.fill(sizes, size);
      Tensor mask = draw(channels, sizes, size).to(x.device()).unsqueeze(1); // (B, 1, D)
      result = result.maskedFill(mask, 0);
    }
    return result;
  }

  /** BOOL (rows, places): which to hide; spans begin at different places of a row. */
  static Tensor draw(Spans spans, long[] lengths, int places) {
    boolean[] hide = new boolean[lengths.length * places];
    float[] chance =
        Tensor.empty(Dtype.FLOAT32, Device.CPU, lengths.length, places + 1L)
            .uniform_(0, 1)
            .toFloats();
    for (int row = 0; row < lengths.length; row++) {
      int from = row * (places + 1);
      int starts = (int) lengths[row] - spans.length() + 1;
      // Rounded up or down by chance, so that the mean is exact.
      double wanted = spans.share() * lengths[row] / spans.length() + chance[from + places];
      List<Integer> chosen =
          IntStream.range(0, Math.max(0, starts))
              .boxed()
              .sorted(Comparator.comparing(start -> chance[from + start]))
              .limit(Math.max(spans.least(), (int) wanted))
              .toList();
      for (int start : chosen)
        Arrays.fill(hide, row * places + start, row * places + start + spans.length(), true);
    }
    return Tensor.of(hide, lengths.length, places);
  }
}
