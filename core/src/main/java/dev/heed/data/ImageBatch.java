package dev.heed.data;

/**
 * Images with their classes.
 *
 * @param pixels (B, C, H, W) as the model reads them
 * @param shape of the pixels
 * @param labels (B)
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier on its way to tensors, never compared
public record ImageBatch(float[] pixels, long[] shape, int[] labels) {
  /** B. */
  public int rows() {
    return labels.length;
  }
}
