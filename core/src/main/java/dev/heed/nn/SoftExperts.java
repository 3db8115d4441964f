package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Experts that compute mixtures of a text's tokens, P of them each, and whose answers are mixed
 * again (Puigcerver et al. 2023, "From Sparse to Soft Mixtures of Experts", eqs. 1 to 3,
 * arXiv:2308.00951):
 *
 * <pre>
 * D = softmax over tokens of X Φ,  X̃ = Dᵀ X,  Ỹₛ = expert of slot s (X̃ₛ)
 * C = softmax over slots of X Φ,   Y = C Ỹ
 * </pre>
 *
 * <p>Padding is in no mixture. Every token reaches every other, so this is for encoders alone. B
 * batch, N tokens, S = E·P slots.
 */
public final class SoftExperts extends ExpertLayer {
  private final Linear router; // Φᵀ (S, D)
  private final int slots;

  /**
   * @param slots P
   */
  public SoftExperts(int d, List<? extends PositionWise> experts, int slots) {
    super(experts);
    this.router = child("router", new Linear(d, (long) size() * slots, false));
    this.slots = slots;
  }

  @Override
  public Tensor forward(Tensor x, Tokens tokens) {
    Tensor logits = router.forward(x); // (B, N, S)
    Tensor bySlot = logits.transpose(1, 2); // (B, S, N)
    Tensor seen =
        tokens
            .real()
            .get()
            .map(real -> bySlot.maskedFill(real.logicalNot().unsqueeze(1), -1e30))
            .orElse(bySlot);
    Tensor mixed = seen.softmax(-1).bmm(x); // (B, S, D)
    List<Tensor> answers = new ArrayList<>();
    for (int e = 0; e < size(); e++)
      answers.add(experts.get(e).forward(mixed.narrow(1, (long) e * slots, slots))); // (B, P, D)
    return logits.softmax(-1).bmm(Tensor.cat(1, answers)); // (B, N, D)
  }

  @Override
  public long computed(int tokens) {
    return (long) size() * slots;
  }
}
