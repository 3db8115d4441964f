package dev.heed.tensor;

import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;

/**
 * Products of one row with a matrix of weights, which is nearly all there is to do for the next
 * token of one text, by OpenBLAS's matrix–vector product: it reads the weights at the memory's own
 * pace, and needs no copy of them (docs/decisions/0011-generation.md).
 */
public final class OneRow {
  private static final ThreadLocal<Boolean> HERE = ThreadLocal.withInitial(() -> false);
  private static int working; // threads, which share the precision
  private static Engine.Precision before;

  private OneRow() {}

  /** Does some work on the CPU in which each product of one row is computed so. */
  public static Tensor within(Supplier<Tensor> work) {
    synchronized (OneRow.class) {
      if (working++ == 0) {
        before = Engine.precision();
        Engine.precision(Engine.Precision.HIGHEST); // or the product would be oneDNN's
      }
    }
    HERE.set(true);
    try {
      return work.get();
    } finally {
      HERE.set(false);
      synchronized (OneRow.class) {
        if (--working == 0) Engine.precision(before);
      }
    }
  }

  /** Whether {@link #product} is to compute x Wᵀ. */
  static boolean takes(Tensor x, Tensor weight) {
    return HERE.get() && x.count() == weight.size(1) && weight.dtype() == Dtype.FLOAT32;
  }

  /** x (…, in), of one row, → (…, out). */
  static Tensor product(Tensor x, Tensor weight, Optional<Tensor> bias) {
    long[] shape = x.shape();
    shape[shape.length - 1] = weight.size(0);
    var row = x.at.view(weight.size(1));
    var y =
        bias.isPresent() ? torch.addmv(bias.get().at, weight.at, row) : torch.mv(weight.at, row);
    return new Tensor(y.view(shape));
  }
}
