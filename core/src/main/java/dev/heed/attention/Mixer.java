package dev.heed.attention;

import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;

/** Self-attention or what stands in its stead: every token takes from the others. */
public abstract class Mixer extends Module {
  /**
   * (B, T, D) → (B, T, D).
   *
   * @param pass which tokens see which others; an encoder's is {@link Pass#both}
   */
  public abstract Tensor forward(Tensor x, Pass pass);
}
