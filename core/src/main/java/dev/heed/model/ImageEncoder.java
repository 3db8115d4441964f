package dev.heed.model;

import dev.heed.tensor.Tensor;

/** A model that looks at images: ViT and its kin. */
public interface ImageEncoder {
  /**
   * FLOAT32 pixels (B, C, H, W) → vectors of patches (B, T, D), or a map of them (B, D, h, w).
   *
   * @throws dev.heed.config.UserError if C, H or W isn't what the model takes
   */
  Tensor encode(Tensor pixels);
}
