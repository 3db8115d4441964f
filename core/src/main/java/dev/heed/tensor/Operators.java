package dev.heed.tensor;

import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.TensorType;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.Type;

/**
 * Registered operators that the Java binding does not map, called by name, and how errors are
 * caught.
 */
public final class Operators {
  private static final OperatorHandle FUSED_ADAM = find("aten::_fused_adam_");
  private static final OperatorHandle FUSED_ADAMW = find("aten::_fused_adamw_");

  private Operators() {}

  /** What one fused Adam step reads; the lists are parallel, one entry a parameter. */
  public record AdamState(
      List<Tensor> parameters,
      List<Tensor> gradients,
      List<Tensor> firstMoments,
      List<Tensor> secondMoments,
      List<Tensor> steps) {}

  /**
   * One Adam step over a group of parameters, in place and in one pass over memory. {@code
   * gradientDivisor}, a FLOAT32 scalar, divides the gradients first (clipping costs nothing so).
   */
  public static void adam(
      AdamState state,
      boolean decoupledDecay,
      double lr,
      double beta1,
      double beta2,
      double decay,
      double eps,
      Tensor gradientDivisor) {
    IValueVector stack = new IValueVector();
    for (List<Tensor> list :
        List.of(state.parameters(), state.gradients(), state.firstMoments(), state.secondMoments()))
      stack.push_back(value(list));
    stack.push_back(value(List.of())); // max_exp_avg_sqs: AMSGrad's
    stack.push_back(value(state.steps()));
    for (double number : new double[] {lr, beta1, beta2, decay, eps})
      stack.push_back(new IValue(number));
    stack.push_back(new IValue(false)); // amsgrad
    stack.push_back(new IValue(false)); // maximize
    stack.push_back(new IValue(gradientDivisor.at));
    stack.push_back(new IValue()); // found_inf
    checked("fused_adam", () -> (decoupledDecay ? FUSED_ADAMW : FUSED_ADAM).callBoxed(stack));
  }

  private static IValue value(List<Tensor> tensors) {
    // Given the type itself, Java would take the constructor that casts any pointer.
    GenericList list = new GenericList(new Type.TypePtr(TensorType.get()));
    for (Tensor tensor : tensors) list.push_back(new IValue(tensor.at));
    return new IValue(list);
  }

  static TensorVector list(List<Tensor> tensors) {
    return new TensorVector(
        tensors.stream().map(t -> t.at).toArray(org.bytedeco.pytorch.Tensor[]::new));
  }

  private static OperatorHandle find(String name) {
    Engine.start();
    // Retained, lest the scope that happens to be open when this class loads free it.
    return Dispatcher.singleton().findSchemaOrThrow(name, "").retainReference();
  }

  static void checked(String name, Runnable operation, Tensor... operands) {
    try {
      operation.run();
    } catch (RuntimeException e) {
      throw EngineException.of(name, e, operands);
    }
  }

  static <T> T checked(String name, Supplier<T> operation, Tensor... operands) {
    try {
      return operation.get();
    } catch (RuntimeException e) {
      throw EngineException.of(name, e, operands);
    }
  }
}
