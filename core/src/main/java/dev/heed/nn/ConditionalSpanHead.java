package dev.heed.nn;

import dev.heed.config.Doc;
import dev.heed.config.Key;
import dev.heed.tensor.Tensor;
import java.util.List;

/**
 * Where an answer starts, where it ends if it starts there, and whether there is one (Yang et al.
 * 2019, XLNet, as its code has it). B texts of T tokens, D wide.
 *
 * <pre>
 * start(i)   = hᵢ · w
 * end(j | i) = LN(tanh(W [hⱼ; hᵢ])) · v
 * none       = tanh(U [s; c]) · u,  s the start's vector, c the whole text's
 * </pre>
 */
public final class ConditionalSpanHead extends Head {
  /**
   * How answers are searched.
   *
   * @param starts likeliest starts looked at
   * @param ends likeliest ends looked at of each
   */
  public record Search(
      @Key("start_n_top") @Doc("likeliest starts of an answer looked at") int starts,
      @Key("end_n_top") @Doc("likeliest ends looked at of each") int ends) {
    public static final Search DEFAULT = new Search(5, 5);

    public Search {
      Sizes.positive("start_n_top", starts);
      Sizes.positive("end_n_top", ends);
    }
  }

  /**
   * The likeliest answers.
   *
   * @param starts probabilities and places, (B, K)
   * @param ends probabilities and places, (B, J, K), of each start
   * @param none (B): above 0 is none
   */
  public record Answers(Tensor.TopK starts, Tensor.TopK ends, Tensor none) {}

  private final Search search;
  private final Linear start;
  private final Linear endIn;
  private final LayerNorm endNorm;
  private final Linear endOut;
  private final Linear noneIn;
  private final Linear noneOut;

  public ConditionalSpanHead(int size, double eps, Search search) {
    this.search = search;
    this.start = child("start", new Linear(size, 1, true));
    this.endIn = child("endIn", new Linear(2L * size, size, true));
    this.endNorm = child("endNorm", new LayerNorm(size, eps));
    this.endOut = child("endOut", new Linear(size, 1, true));
    this.noneIn = child("noneIn", new Linear(2L * size, size, true));
    this.noneOut = child("noneOut", new Linear(size, 1, false));
  }

  /** Scores of starts, (B, T, D) → (B, T). */
  @Override
  public Tensor forward(Tensor hidden) {
    return start.forward(hidden).squeeze(-1); // (B, T)
  }

  /**
   * Scores of ends, (B, K, T).
   *
   * @param starts (B, K, D), the vectors of K starts
   */
  public Tensor ends(Tensor hidden, Tensor starts) {
    long[] shape = {hidden.size(0), starts.size(1), hidden.size(1), hidden.size(2)};
    Tensor pairs =
        Tensor.cat(
            3, List.of(hidden.unsqueeze(1).expand(shape), starts.unsqueeze(2).expand(shape)));
    Tensor x = endNorm.forward(endIn.forward(pairs).tanh()); // (B, K, T, D)
    return endOut.forward(x).squeeze(-1); // (B, K, T)
  }

  /**
   * Whether there is no answer, (B).
   *
   * @param starts (B, D)
   * @param texts (B, D), the vector of each text
   */
  public Tensor none(Tensor starts, Tensor texts) {
    Tensor x = noneIn.forward(Tensor.cat(1, List.of(starts, texts))).tanh(); // (B, D)
    return noneOut.forward(x).squeeze(-1); // (B)
  }

  /**
   * The likeliest starts, and of each the likeliest ends; whether there is none is judged by the
   * mean start.
   *
   * @param texts (B, D)
   */
  public Answers search(Tensor hidden, Tensor texts) {
    Tensor shares = forward(hidden).softmax(-1); // (B, T)
    Tensor.TopK starts = shares.topk(search.starts()); // (B, K)
    Tensor ends = ends(hidden, at(hidden, starts.indices())).softmax(-1); // (B, K, T)
    Tensor.TopK best = ends.topk(search.ends()); // (B, K, J)
    Tensor mean = shares.unsqueeze(1).matmul(hidden).squeeze(1); // (B, D)
    return new Answers(
        starts,
        new Tensor.TopK(best.values().transpose(1, 2), best.indices().transpose(1, 2)),
        none(mean, texts));
  }

  /** The vectors (B, K, D) at places (B, K). */
  public static Tensor at(Tensor hidden, Tensor places) {
    return hidden.gather(1, places.unsqueeze(2).expand(-1, -1, hidden.size(2)));
  }
}
