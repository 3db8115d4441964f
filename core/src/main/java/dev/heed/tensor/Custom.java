package dev.heed.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;

/**
 * An operation whose gradients are computed by code of ours instead of by the engine's graph of its
 * steps.
 *
 * <p>The binding has no custom functions, but it has hooks. So the inputs are laid end to end, and
 * after them as many zeros as the output has numbers; the output is its values plus those zeros,
 * and a hook on the whole turns the gradient of the zeros, which is the output's, into the inputs'.
 */
public final class Custom {
  private Custom() {}

  /** Gradients of inputs. */
  public interface Backward {
    /**
     * @param inputs detached
     * @param gradient of the output
     * @return one for each input, in order
     */
    List<Tensor> of(List<Tensor> inputs, Tensor output, Tensor gradient);
  }

  /**
   * @param inputs of one element type
   * @param constants what else {@code backward} reads: they are kept until it has
   * @param forward computes the output of detached inputs, without a graph
   */
  public static Tensor apply(
      List<Tensor> inputs,
      List<Tensor> constants,
      Function<List<Tensor>, Tensor> forward,
      Backward backward) {
    List<Tensor> values = inputs.stream().map(Tensor::detach).toList();
    Tensor output;
    try (NoGrad off = NoGrad.on()) {
      output = forward.apply(values).detach();
    }
    if (NoGrad.isOn() || inputs.stream().noneMatch(Tensor::requiresGrad)) return output;
    List<Tensor> laid = new ArrayList<>();
    for (Tensor input : inputs) laid.add(input.reshape(-1));
    laid.add(Tensor.zeros(output.dtype(), output.device(), output.count()));
    Tensor whole = Tensor.cat(0, laid);
    constants.forEach(constant -> Scope.holdWithGraph(constant.at));
    new Hook(values, output, backward).on(whole);
    Tensor zeros = whole.narrow(0, whole.count() - output.count(), output.count());
    return output.add(zeros.view(output.shape()));
  }

  /**
   * What the engine calls on its way back. It lives, with what it needs, as long as the scope does
   * that the graph's tensors are in.
   */
  private static final class Hook extends TensorTensorHook {
    private final List<Tensor> inputs;
    private final Tensor output;
    private final Backward backward;

    Hook(List<Tensor> inputs, Tensor output, Backward backward) {
      this.inputs = inputs;
      this.output = output;
      this.backward = backward;
    }

    void on(Tensor tensor) {
      Scope.holdWithGraph(this);
      inputs.forEach(input -> Scope.holdWithGraph(input.at));
      Scope.holdWithGraph(output.at);
      tensor.at.register_hook(this);
    }

    @Override
    public TensorBase call(TensorBase whole) {
      try (Scope scope = Scope.open();
          NoGrad off = NoGrad.on()) {
        Tensor gradient = new Tensor(new org.bytedeco.pytorch.Tensor(whole));
        long before = gradient.count() - output.count();
        Tensor own = gradient.narrow(0, before, output.count()).view(output.shape());
        List<Tensor> laid = new ArrayList<>();
        for (Tensor each : backward.of(inputs, output, own)) laid.add(each.reshape(-1));
        laid.add(Tensor.zeros(output.dtype(), output.device(), output.count()));
        Tensor result = Tensor.cat(0, laid);
        result.at.retainReference(); // the engine takes it after this scope is closed
        return result.at;
      }
    }
  }
}
