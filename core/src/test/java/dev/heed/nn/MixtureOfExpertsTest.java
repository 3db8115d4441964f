package dev.heed.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.heed.OneThread;
import dev.heed.tensor.Randomness;
import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OneThread.class)
final class MixtureOfExpertsTest {
  private static MixtureOfExperts layer(int capacity) {
    Randomness.seed(1);
    List<FeedForward> experts =
        List.of(
            FeedForward.unbiased(4, 8, Activation.GELU, 0),
            FeedForward.unbiased(4, 8, Activation.GELU, 0));
    var rule = new Routing.Top(1, Routing.Gate.OF_ALL, Routing.Order.TOKENS, tokens -> capacity);
    return new MixtureOfExperts(new Linear(4, 2, false), experts, MixtureOfExperts.Way.of(rule));
  }

  @Test
  void anExpertTakesTheFirstOfEachSequence() {
    Randomness.seed(2);
    Tensor one = Init.normal(1, 1, 1, 4);
    Tensor same = one.expand(2, 3, 4); // all of which choose the same expert
    Tensor all = forward(layer(3), same); // (2, 3, 4)
    Tensor two = forward(layer(2), same); // (2, 3, 4)
    for (int row = 0; row < 2; row++) {
      for (int token = 0; token < 2; token++)
        assertEquals(0, at(all, row, token).sub(at(two, row, token)).abs().max().item());
      assertEquals(0, at(two, row, 2).abs().max().item());
      assertEquals(at(all, row, 0).norm().item(), at(all, row, 2).norm().item());
    }
  }

  @Test
  void theAnswerIsTheExpertsTimesItsShare() {
    Randomness.seed(3);
    MixtureOfExperts layer = layer(1);
    Tensor x = Init.normal(1, 1, 1, 4);
    Tensor shares = x.linear(layer.parameters().get("router.weight"), Optional.empty());
    double share = shares.softmax(-1).max().item();
    int choice = (int) shares.argmax(-1).item();
    Tensor in = layer.parameters().get("expert." + choice + ".in.weight");
    Tensor out = layer.parameters().get("expert." + choice + ".out.weight");
    Tensor expected =
        x.linear(in, Optional.empty()).gelu(false).linear(out, Optional.empty()).mul(share);
    assertEquals(0, forward(layer, x).sub(expected).abs().max().item(), 1e-6);
  }

  private static Tensor forward(MixtureOfExperts layer, Tensor x) {
    return layer.forward(x, Tokens.of(x, Optional.empty()));
  }

  private static Tensor at(Tensor x, int row, int token) {
    return x.select(0, row).select(0, token);
  }
}
