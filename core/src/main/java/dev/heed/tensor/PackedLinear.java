package dev.heed.tensor;

import java.util.Optional;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NumberType;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.OptionalType;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/**
 * x · Wᵀ + b with W laid out once as oneDNN reads it, which {@link Tensor#linear} does anew at
 * every product: for as few rows as a sentence has, that is most of the work. FLOAT32 on the CPU;
 * gradients don't pass.
 */
public final class PackedLinear {
  /** Rows to lay it out for; with many more, its layout hardly matters. */
  private static final long ROWS = 16;

  private final Tensor weight; // opaque
  private final Optional<Tensor> bias;

  private PackedLinear(Tensor weight, Optional<Tensor> bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /** The registered operators, found when the first weight is packed. */
  private static final class Native {
    static final OperatorHandle PACK = find("mkldnn::_reorder_linear_weight");
    static final OperatorHandle LINEAR = find("mkldnn::_linear_pointwise");

    private static OperatorHandle find(String name) {
      // Retained, lest the scope that happens to be open when this class loads free it.
      return Dispatcher.singleton().findSchemaOrThrow(name, "").retainReference();
    }
  }

  /** Whether this computes what {@link Tensor#linear} would: by oneDNN, which must be there. */
  public static boolean available() {
    return Engine.precision() == Engine.Precision.MEDIUM && torch.hasMKLDNN();
  }

  /**
   * @param weight (out, in), of which a copy is kept: later changes don't show
   * @param bias (out)
   */
  public static PackedLinear of(Tensor weight, Optional<Tensor> bias) {
    IValueVector stack = new IValueVector();
    stack.push_back(new IValue(weight.detach().at));
    stack.push_back(new IValue(ROWS));
    Operators.checked("reorder_linear_weight", () -> Native.PACK.callBoxed(stack), weight);
    return new PackedLinear(result(stack), bias.map(Tensor::detach));
  }

  /** (…, in) → (…, out). */
  public Tensor forward(Tensor x) {
    IValueVector stack = new IValueVector();
    stack.push_back(new IValue(x.at));
    stack.push_back(new IValue(weight.at));
    stack.push_back(bias.map(b -> new IValue(b.at)).orElseGet(IValue::new));
    stack.push_back(new IValue("none")); // the activation, its numbers and its kind
    stack.push_back(new IValue(noNumbers()));
    stack.push_back(new IValue());
    Operators.checked("linear", () -> Native.LINEAR.callBoxed(stack), x);
    return result(stack);
  }

  /** An empty list of optional numbers. */
  private static GenericList noNumbers() {
    Type.TypePtr number = new Type.TypePtr(NumberType.getNumberIntTypePtr().get());
    return new GenericList(OptionalType.get(number));
  }

  private static Tensor result(IValueVector stack) {
    return new Tensor(new org.bytedeco.pytorch.Tensor(stack.get(0).toTensor()));
  }
}
