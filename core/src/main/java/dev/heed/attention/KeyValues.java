package dev.heed.attention;

import dev.heed.tensor.Tensor;

/** Keys (B, H, S, Dh) and values (B, H, S, Dv) of one layer. */
public record KeyValues(Tensor keys, Tensor values) {}
