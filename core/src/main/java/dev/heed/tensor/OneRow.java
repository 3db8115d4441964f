package dev.heed.tensor;

import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.global.torch;

/**
 * Products of one row with a matrix of weights, which is nearly all there is to do for the next
 * token of one text, by OpenBLAS's matrix–vector product: it reads the weights at the memory's own
 * pace, and needs no copy of them (docs/decisions/0011-generation.md).
 *
 * <p>OpenBLAS has threads of its own. The engine's must sleep meanwhile: after an operation that
 * they share they wait for the next one awake, for milliseconds, and take the cores from
 * OpenBLAS's. So nothing in such work may be shared out, which the engine does from {@link #SHARED}
 * elements on, but for softmax, which it always shares.
 */
public final class OneRow {
  private static final long SHARED = 32_768;

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

  /** Whether this thread is at such work. */
  static boolean here() {
    return HERE.get();
  }

  /** Over the last dimension, on this thread alone. */
  static Tensor softmax(Tensor x) {
    if (x.count() < SHARED) {
      Tensor powers = x.sub(x.amax(-1).unsqueeze(-1)).exp_();
      return powers.div_(powers.sum(-1).unsqueeze(-1));
    }
    Tensor all = Tensor.empty(x.dtype(), x.device(), x.shape());
    Tensor to = all.view(-1, x.size(-1));
    Tensor from = x.reshape(-1, x.size(-1));
    for (long row = 0; row < from.size(0); row++) { // one row isn't shared
      org.bytedeco.pytorch.Tensor scores = from.at.narrow(0, row, 1);
      to.at.narrow(0, row, 1).copy_(scores.softmax(-1));
    }
    return all;
  }

  /** Whether {@link #product} is to compute x Wᵀ. */
  static boolean takes(Tensor x, Tensor weight) {
    return here() && x.count() == weight.size(1) && weight.dtype() == Dtype.FLOAT32;
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
