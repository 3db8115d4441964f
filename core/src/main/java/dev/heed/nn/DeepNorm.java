package dev.heed.nn;

import dev.heed.tensor.NoGrad;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** x ← Norm(α x + f(x)) (Wang et al. 2022, "DeepNet: Scaling Transformers to 1,000 Layers"). */
public final class DeepNorm extends Residual {
  /**
   * The published factors (figure 2), for an encoder–decoder of N and M layers:
   *
   * <pre>
   * encoder  α = 0.81 (N⁴ M)^(1/16),  β = 0.87 (N⁴ M)^(−1/16)
   * decoder  α = (3 M)^(1/4),         β = (12 M)^(−1/4)
   * </pre>
   *
   * @param alpha the residual stream's
   * @param beta by which the first weights of values, of attention's output and of feed-forward
   *     layers are smaller; those of queries and keys are as ever
   */
  public record Factors(double alpha, double beta) {
    /** Those of the other placements. */
    public static final Factors NONE = new Factors(1, 1);

    public static Factors encoder(int encoder, int decoder) {
      double layers = Math.pow(encoder, 4) * decoder;
      return new Factors(0.81 * Math.pow(layers, 1.0 / 16), 0.87 * Math.pow(layers, -1.0 / 16));
    }

    public static Factors decoder(int decoder) {
      return new Factors(Math.pow(3.0 * decoder, 0.25), Math.pow(12.0 * decoder, -0.25));
    }

    /** Multiplies the first weights of layers by β, those that several share once. */
    public void shrink(Module layers) {
      if (beta == 1) return;
      try (NoGrad off = NoGrad.on()) {
        layers
            .parameters()
            .forEach(
                (name, weight) -> {
                  if (weight.dims() < 2) return;
                  if (name.contains(".ffn.") || name.endsWith("out.weight")) weight.mul_(beta);
                  else if (name.endsWith("qkv.weight") || name.endsWith("kv.weight"))
                    values(weight, layers.blocks().get(name)).mul_(beta);
                });
      }
    }

    /** The last of the maps that are stacked. */
    private static Tensor values(Tensor stacked, List<Long> rows) {
      long last = rows.get(rows.size() - 1);
      return stacked.narrow(0, stacked.size(0) - last, last);
    }
  }

  private final Norm norm;
  private final Branch branch;
  private final double alpha;

  public DeepNorm(Placement.Parts parts) {
    this.norm = child("norm", parts.norm());
    this.branch = child("branch", parts.branch());
    this.alpha = parts.alpha();
  }

  @Override
  Tensor join(Tensor x, Optional<Tensor> real, UnaryOperator<Tensor> sublayer) {
    return norm.forward(branch.residual(x.mul(alpha), sublayer.apply(x)), real);
  }
}
