package dev.heed.model;

import dev.heed.attention.ChainPass;
import dev.heed.tensor.Device;
import dev.heed.tensor.OneRow;
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
    int known = pass.truncate(Math.min(same < 0 ? read.length : same, tokens.length - last));
    read = Arrays.copyOf(tokens, known); // what stays if reading on fails
    pass.advance(tokens.length - known);
    int[] fresh = Arrays.copyOfRange(tokens, known, tokens.length);
    Tensor logits =
        fresh.length == 1 && !device.cuda()
            ? OneRow.within(() -> read(fresh, last))
            : read(fresh, last);
    read = tokens.clone();
    return logits;
  }

  private Tensor read(int[] fresh, int last) {
    Tensor ids = Tensor.of(fresh, 1, fresh.length).to(device); // (1, T)
    Tensor hidden = model.decode(ids, pass); // (1, T, D)
    return model.logits(hidden.narrow(1, fresh.length - last, last)).squeeze(0); // (last, V)
  }

  /** Generation of one hypothesis after a prompt, by what this chain knows of it already. */
  public Stepper after(int[] prompt) {
    return new Steps(prompt);
  }

  private final class Steps implements Stepper {
    private int[] sequence;
    private boolean begun;

    Steps(int[] prompt) {
      sequence = prompt.clone();
    }

    @Override
    public int rows() {
      return 1;
    }

    @Override
    public int beams() {
      return 1;
    }

    @Override
    public int vocabulary() {
      return Chain.this.vocabulary();
    }

    /** The first step reads the prompt instead of a token. */
    @Override
    public Tensor next(int[] tokens, int[] parents) {
      if (begun) {
        sequence = Arrays.copyOf(sequence, sequence.length + 1);
        sequence[sequence.length - 1] = tokens[0];
      }
      begun = true;
      return logits(sequence, 1); // (1, V)
    }

    @Override
    public void keep(int[] rows) {}
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
