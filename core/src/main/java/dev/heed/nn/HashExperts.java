package dev.heed.nn;

import dev.heed.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * Experts of which each token has the one that its id says, y = expert(x) of hash(id) (Roller et
 * al. 2021, "Hash Layers for Large Sparse Models", section 3, arXiv:2106.04426). The hash is a
 * random one: the 64 bits that SplitMix64 (Steele et al. 2014) makes of the id, unsigned, modulo E.
 */
public final class HashExperts extends ExpertLayer {
  public HashExperts(List<? extends PositionWise> experts) {
    super(experts);
  }

  @Override
  public Tensor forward(Tensor x, Tokens tokens) {
    long[] ids = tokens.ids().toLongs();
    Optional<Tensor> real = tokens.real().get();
    boolean[] counts = Routing.counts(real, ids.length);
    int[] expert = new int[ids.length];
    for (int i = 0; i < ids.length; i++) expert[i] = counts[i] ? expert(ids[i]) : -1;
    return answers(Routing.fixed(expert, size(), x.dtype(), x.device()), x);
  }

  /** The expert of a token id. */
  int expert(long id) {
    long bits = id + 0x9E3779B97F4A7C15L;
    bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
    return (int) Long.remainderUnsigned(bits ^ (bits >>> 31), size());
  }

  @Override
  public long computed(int tokens) {
    return tokens;
  }
}
