package dev.heed.nn;

import dev.heed.tensor.Tensor;

/** What befalls a sublayer's result in training on its way into the residual stream. */
public final class Branch extends Module {
  private final Dropout dropout;
  private final DropPath path;
  private final boolean drops;

  /**
   * @param dropPath how often a row of a batch goes without the branch
   */
  public Branch(double dropout, double dropPath) {
    this.dropout = child("dropout", new Dropout(dropout));
    this.path = child("path", new DropPath(dropPath));
    this.drops = dropPath > 0;
  }

  /** {@code residual + branch}. */
  public Tensor residual(Tensor residual, Tensor branch) {
    return drops
        ? path.residual(residual, dropout.forward(branch))
        : dropout.residual(residual, branch); // in one pass over memory
  }

  /** The branch alone. */
  public Tensor forward(Tensor branch) {
    return path.forward(dropout.forward(branch));
  }
}
