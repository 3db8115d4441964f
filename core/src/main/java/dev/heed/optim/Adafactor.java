package dev.heed.optim;

import dev.heed.tensor.Device;
import dev.heed.tensor.Dtype;
import dev.heed.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adafactor (Shazeer and Stern 2018, "Adafactor: Adaptive Learning Rates with Sublinear Memory
 * Cost", algorithms 4 and 5, arXiv:1804.04235), which keeps of a matrix's squared gradients the
 * sums of rows and columns alone. At step t, with β = 1 − t^−0.8:
 *
 * <pre>
 *   matrix:  R ← β R + (1 − β) (g² + ε₁) 1    C ← β C + (1 − β) 1ᵀ (g² + ε₁)    V = R C / 1ᵀ R
 *   vector:  V ← β V + (1 − β) (g² + ε₁)
 *   u = g / √V      u ← u / max(1, RMS(u))     p ← p − α u
 * </pre>
 *
 * <p>α is the learning rate or, with {@code relative} steps, max(ε₂, RMS(p)) · min(10⁻², 1/√t) and
 * no schedule. With momentum μ, as the authors' code has it, m ← μ m + (1 − μ) α u and p ← p − m.
 * Dimensions before the last two hold matrices of their own.
 */
record Adafactor(boolean relative, double momentum) implements UpdateRule {
  private static final double EPS1 = 1e-30;
  private static final double EPS2 = 1e-3;

  @Override
  public Map<String, Tensor> state(Tensor p) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("step", Tensor.zeros(Dtype.FLOAT64, Device.CPU));
    if (p.dims() < 2) {
      state.put("v", zeros(p, p.shape()));
    } else {
      state.put("r", zeros(p, p.select(-1, 0).shape()));
      state.put("c", zeros(p, p.select(-2, 0).shape()));
    }
    if (momentum > 0) state.put("m", zeros(p, p.shape()));
    return state;
  }

  @Override
  public double rate(double scheduled) {
    return relative ? 1 : scheduled;
  }

  private static Tensor zeros(Tensor p, long[] shape) {
    return Tensor.zeros(p.dtype(), p.device(), shape);
  }

  @Override
  public void step(Tensor p, Tensor g, double lr, double decay, Map<String, Tensor> state) {
    double t = state.get("step").item() + 1;
    state.get("step").fill_(t);
    double beta = 1 - Math.pow(t, -0.8);
    Tensor squares = g.mul(g).add(EPS1); // (…, n, m)
    Tensor v;
    if (p.dims() < 2) {
      v = state.get("v").mul_(beta).add_(squares, 1 - beta);
    } else {
      Tensor r = state.get("r").mul_(beta).add_(squares.sum(-1), 1 - beta); // (…, n)
      Tensor c = state.get("c").mul_(beta).add_(squares.sum(-2), 1 - beta); // (…, m)
      Tensor share = r.div(r.sum(-1).unsqueeze(-1)); // (…, n)
      v = share.unsqueeze(-1).mul(c.unsqueeze(-2)); // (…, n, m)
    }
    Tensor u = g.div(v.sqrt());
    u.div_(rms(u).clamp_(1, Double.POSITIVE_INFINITY));
    u.mul_(lr);
    if (relative)
      u.mul_(rms(p).clamp_(EPS2, Double.POSITIVE_INFINITY)).mul_(Math.min(1e-2, 1 / Math.sqrt(t)));
    p.add_(momentum > 0 ? state.get("m").mul_(momentum).add_(u, 1 - momentum) : u, -1);
  }

  private static Tensor rms(Tensor x) {
    return x.mul(x).mean().sqrt(); // ()
  }
}
