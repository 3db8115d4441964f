package dev.heed.model;

/**
 * An encoder–decoder whose layers pick experts for each token, and show their routers' logits (B,
 * N, E) as {@code router_logits}. In training, losses keep these small and the experts in balance
 * ({@code nn/RouterLoss}).
 */
public interface ExpertSeq2Seq extends Seq2Seq {
  /** The weight of the balancing loss of each stack beside the cross-entropy. */
  double balance();

  /** The weight of what keeps each stack's logits small. */
  double calm();
}
