package dev.heed.model;

import dev.heed.attention.ChainPass;
import dev.heed.tensor.Device;
import dev.heed.tensor.Tensor;
import java.util.Arrays;

/** A decoder that reads one sequence in strides of any length, and can go back. */
public final class Chain implements AutoCloseable {
  private final CausalLm model;
  private final Device device;
  private final ChainPass pass;
  private int[] read = {};

  public Chain(CausalLm model, Device device) {
    this.model = model;
    this.device = device;
    this.pass = new ChainPass(device);
  }

  /**
   * Reads a sequence as far as it differs from what was read before, its last token at least.
   *
   * @param tokens the whole sequence
   * @param last how many of its last tokens are to be scored
   * @return logits (last, V) of what follows each of them
   */
  public Tensor logits(int[] tokens, int last) {
    int same = Arrays.mismatch(read, tokens);
    int known = Math.min(same < 0 ? read.length : same, tokens.length - last);
    pass.truncate(known);
    pass.advance(tokens.length - known);
    read = tokens.clone();
    int[] fresh = Arrays.copyOfRange(tokens, known, tokens.length);
    Tensor ids = Tensor.of(fresh, 1, fresh.length).to(device); // (1, T)
    Tensor hidden = model.decode(ids, pass); // (1, T, D)
    return model.logits(hidden.narrow(1, fresh.length - last, last)).squeeze(0); // (last, V)
  }

  /** The number of tokens to choose from. */
  public int vocabulary() {
    return (int) model.outputWeight().size(0);
  }

  @Override
  public void close() {
    pass.close();
  }
}
