package dev.heed.model;

import dev.heed.attention.BeamPass;
import dev.heed.attention.Memory;
import dev.heed.tensor.Device;
import dev.heed.tensor.NoGrad;
import dev.heed.tensor.OneRow;
import dev.heed.tensor.Scope;
import dev.heed.tensor.Tensor;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A model that generates, with the keys and values of all it has read and written. Its tensors live
 * until it is closed. R rows of K hypotheses.
 */
public abstract class Generation implements Stepper, AutoCloseable {
  final BeamPass pass;
  private final LanguageModel model;
  private final Device device;
  private Optional<Tensor> states = Optional.empty();

  private Generation(LanguageModel model, BeamPass pass, Device device) {
    this.model = model;
    this.pass = pass;
    this.device = device;
  }

  /**
   * An encoder–decoder writes what it makes of INT64 source ids (R, S).
   *
   * @param real BOOL (R, S), which ids are no padding; empty if all are
   * @param beams K
   * @param maxLength the most tokens to write
   */
  public static Generation of(
      Seq2Seq model, Tensor ids, Optional<Tensor> real, int beams, int maxLength) {
    return writing(model, ids, () -> model.encode(ids, real), beams, maxLength);
  }

  /**
   * Writes what a model hears in sound (R, …).
   *
   * @param real BOOL (R, N), which samples are no padding; empty if all are
   * @param beams K
   * @param maxLength the most tokens to write
   */
  public static Generation of(
      SpeechToText model, Tensor sound, Optional<Tensor> real, int beams, int maxLength) {
    return writing(model, sound, () -> model.encode(sound, real), beams, maxLength);
  }

  private static Generation writing(
      MemoryDecoder model, Tensor input, Supplier<Memory> encode, int beams, int maxLength) {
    int rows = (int) input.size(0);
    BeamPass pass = new BeamPass(new int[rows], 1, beams, maxLength, input.device());
    try (Scope encoding = Scope.open();
        NoGrad off = NoGrad.on()) {
      Memory memory = encode.get();
      encoding.keep(memory.states());
      memory.beside().ifPresent(encoding::keep);
      return new Writing(model, memory, Optional.empty(), pass, input.device());
    } catch (RuntimeException e) {
      pass.close();
      throw e;
    }
  }

  /**
   * An encoder–decoder writes from what its encoder gave, (R, S, D).
   *
   * @param beams K
   * @param maxLength the most tokens to write
   */
  public static Generation of(MemoryDecoder model, Memory memory, int beams, int maxLength) {
    Device device = memory.states().device();
    BeamPass pass =
        new BeamPass(new int[(int) memory.states().size(0)], 1, beams, maxLength, device);
    return new Writing(model, memory, Optional.empty(), pass, device);
  }

  /**
   * The same after INT64 prompts (R, P), which the first step reads instead of tokens.
   *
   * @param beams K
   * @param maxLength the most tokens to write
   */
  public static Generation of(
      MemoryDecoder model, Memory memory, Tensor prompt, int beams, int maxLength) {
    Device device = memory.states().device();
    BeamPass pass =
        new BeamPass(new int[(int) prompt.size(0)], (int) prompt.size(1), beams, maxLength, device);
    return new Writing(model, memory, Optional.of(prompt), pass, device);
  }

  /**
   * A decoder goes on after INT64 prompts (R, P).
   *
   * @param pads (R) how many of the first ids of each row are padding
   * @param beams K
   * @param maxLength the most tokens to write
   */
  public static Generation of(CausalLm model, Tensor ids, int[] pads, int beams, int maxLength) {
    BeamPass pass = new BeamPass(pads, (int) ids.size(1), beams, maxLength, ids.device());
    return new Continuing(model, ids, pass);
  }

  /** Logits (R·K, V) of what follows (R, P, D): hypotheses begin alike. */
  final Tensor first(Tensor hidden) {
    states = Optional.of(hidden);
    Tensor last = hidden.narrow(1, hidden.size(1) - 1, 1); // (R, 1, D)
    return model.logits(last).squeeze(1).repeatInterleave(0, beams()); // (R·K, V)
  }

  /** Hidden states (R, K, D) of the newest tokens (R, K). */
  abstract Tensor decode(Tensor ids);

  @Override
  public int rows() {
    return pass.rows();
  }

  @Override
  public int beams() {
    return pass.beams();
  }

  @Override
  public int vocabulary() {
    return (int) model.outputWeight().size(0);
  }

  @Override
  public Tensor next(int[] tokens, int[] parents) {
    pass.advance(parents);
    boolean alone = tokens.length == 1 && !device.cuda();
    return alone ? OneRow.within(() -> step(tokens)) : step(tokens);
  }

  private Tensor step(int[] tokens) {
    Tensor hidden = decode(Tensor.of(tokens, rows(), beams()).to(device)); // (R, K, D)
    states = Optional.of(hidden);
    return model.logits(hidden).view((long) rows() * beams(), -1); // (R·K, V)
  }

  @Override
  public Tensor states() {
    return states.orElseThrow(() -> new IllegalStateException("no step was taken"));
  }

  @Override
  public void keep(int[] rows) {
    pass.keep(rows);
  }

  @Override
  public void close() {
    pass.close();
  }

  private static final class Writing extends Generation {
    private final MemoryDecoder model;
    private final Optional<Tensor> prompt; // INT64 (R, P)
    private Memory memory;
    private boolean begun;

    Writing(
        MemoryDecoder model, Memory memory, Optional<Tensor> prompt, BeamPass pass, Device device) {
      super(model, pass, device);
      this.model = model;
      this.memory = memory;
      this.prompt = prompt;
    }

    /** The first step reads the prompts, or each row's first token once, as a prompt. */
    @Override
    public Tensor next(int[] tokens, int[] parents) {
      if (begun) return super.next(tokens, parents);
      begun = true;
      if (prompt.isPresent()) return first(decode(prompt.get())); // (R·K, V)
      int[] starts = IntStream.range(0, rows()).map(row -> tokens[row * beams()]).toArray();
      return first(decode(Tensor.of(starts, rows(), 1).to(memory.states().device()))); // (R·K, V)
    }

    /** With a mask of the step's own, whose numbers are freed with the step. */
    @Override
    Tensor decode(Tensor ids) {
      return model.decode(ids, new Memory(memory.states(), memory.real(), memory.beside()), pass);
    }

    @Override
    public void keep(int[] rows) {
      super.keep(rows);
      // The states were read in the first step: layers hold what they need of them since.
      Tensor index = Tensor.of(rows, rows.length);
      memory =
          new Memory(
              memory.states(),
              memory.real().map(real -> real.indexSelect(0, index.to(real.device()))),
              memory.beside());
    }
  }

  private static final class Continuing extends Generation {
    private final CausalLm model;
    private Optional<Tensor> prompt; // INT64 (R, P), until it is read

    Continuing(CausalLm model, Tensor prompt, BeamPass pass) {
      super(model, pass, prompt.device());
      this.model = model;
      this.prompt = Optional.of(prompt);
    }

    /** The first step reads the prompts instead of tokens. */
    @Override
    public Tensor next(int[] tokens, int[] parents) {
      if (prompt.isEmpty()) return super.next(tokens, parents);
      Tensor hidden = model.decode(prompt.get(), pass); // (R, P, D)
      prompt = Optional.empty();
      return first(hidden);
    }

    @Override
    Tensor decode(Tensor ids) {
      return model.decode(ids, pass);
    }
  }
}
