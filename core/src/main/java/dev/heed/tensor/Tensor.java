package dev.heed.tensor;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.LayoutOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * An n-dimensional array of the engine's. Operations are libtorch's, under its names; they return
 * new tensors, save those whose names end in {@code _}, which change this one and return it. A
 * failing operation throws an {@link EngineException} of one sentence.
 *
 * <p>A tensor belongs to the {@link Scope} it was made in. Only operations with a caller are here:
 * add one when a caller and a test need it.
 */
public final class Tensor {
  final org.bytedeco.pytorch.Tensor at;

  Tensor(org.bytedeco.pytorch.Tensor at) {
    this.at = at;
  }

  // ---- creation ---------------------------------------------------------------------------------

  public static Tensor zeros(Dtype dtype, Device device, long... shape) {
    return run("zeros", () -> torch.zeros(shape, type(dtype), layout(), on(device), unpinned()));
  }

  public static Tensor full(double value, Dtype dtype, Device device, long... shape) {
    return zeros(dtype, device, shape).fill_(value);
  }

  /** Uninitialised memory. */
  public static Tensor empty(Dtype dtype, Device device, long... shape) {
    return run(
        "empty",
        () ->
            torch.empty(
                shape, type(dtype), layout(), on(device), unpinned(), new MemoryFormatOptional()));
  }

  /** 0, 1, …, n-1 as INT64. */
  public static Tensor arange(long n, Device device) {
    return run(
        "arange",
        () -> torch.arange(new Scalar(n), type(Dtype.INT64), layout(), on(device), unpinned()));
  }

  public static Tensor of(float[] values, long... shape) {
    return fill(Dtype.FLOAT32, values.length, shape, t -> t.at.data_ptr_float().put(values));
  }

  public static Tensor of(double[] values, long... shape) {
    return fill(Dtype.FLOAT64, values.length, shape, t -> t.at.data_ptr_double().put(values));
  }

  public static Tensor of(long[] values, long... shape) {
    return fill(Dtype.INT64, values.length, shape, t -> t.at.data_ptr_long().put(values));
  }

  /** Token ids as INT64. */
  public static Tensor of(int[] values, long... shape) {
    return of(Arrays.stream(values).asLongStream().toArray(), shape);
  }

  public static Tensor of(boolean[] values, long... shape) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (values[i] ? 1 : 0);
    return fill(Dtype.UINT8, bytes.length, shape, t -> t.at.data_ptr_byte().put(bytes))
        .to(Dtype.BOOL);
  }

  private static Tensor fill(Dtype dtype, long given, long[] shape, Consumer<Tensor> put) {
    long wanted = 1;
    for (long size : shape) wanted *= size;
    if (given != wanted)
      throw new IllegalArgumentException(
          given + " values don't fill a tensor of shape " + Arrays.toString(shape));
    Tensor tensor = empty(dtype, Device.CPU, shape);
    if (given > 0) put.accept(tensor);
    return tensor;
  }

  // ---- what it is -------------------------------------------------------------------------------

  public int dims() {
    return (int) at.dim();
  }

  /** The size of one dimension; negative counts from the last. */
  public long size(int dim) {
    return at.size(dim);
  }

  public long[] shape() {
    long[] shape = new long[dims()];
    for (int i = 0; i < shape.length; i++) shape[i] = at.size(i);
    return shape;
  }

  /** The number of elements. */
  public long count() {
    return at.numel();
  }

  public Dtype dtype() {
    return Dtype.of(at.scalar_type());
  }

  public Device device() {
    org.bytedeco.pytorch.Device device = at.device();
    return device.is_cuda() ? new Device(true, device.index()) : Device.CPU;
  }

  /** Its type and shape, such as {@code FLOAT32(2, 3)}. */
  @Override
  public String toString() {
    String shape = Arrays.toString(shape());
    return dtype() + "(" + shape.substring(1, shape.length() - 1) + ")";
  }

  // ---- values -----------------------------------------------------------------------------------

  /** The only value. */
  public double item() {
    return at.item_double();
  }

  public float[] toFloats() {
    float[] values = new float[Math.toIntExact(count())];
    read(Dtype.FLOAT32, source -> source.at.data_ptr_float().get(values));
    return values;
  }

  public double[] toDoubles() {
    double[] values = new double[Math.toIntExact(count())];
    read(Dtype.FLOAT64, source -> source.at.data_ptr_double().get(values));
    return values;
  }

  public long[] toLongs() {
    long[] values = new long[Math.toIntExact(count())];
    read(Dtype.INT64, source -> source.at.data_ptr_long().get(values));
    return values;
  }

  private void read(Dtype dtype, Consumer<Tensor> get) {
    Tensor source = to(Device.CPU).to(dtype).contiguous();
    try {
      if (count() > 0) get.accept(source);
    } finally {
      Reference.reachabilityFence(source); // or it may be freed while its memory is read
    }
  }

  public Tensor to(Dtype dtype) {
    return run("to " + dtype, () -> at.to(dtype.engine), this);
  }

  public Tensor to(Device device) {
    return run("to " + device, () -> at.to(device.engine(), at.scalar_type()), this);
  }

  /** Moves this very tensor, which its owners keep holding, to another device. */
  public void moveTo(Device device) {
    if (!device.equals(device())) at.set_data(at.to(device.engine(), at.scalar_type()));
  }

  // ---- gradients --------------------------------------------------------------------------------

  /** Marks a leaf whose gradient {@link #backward} is to leave in {@link #grad}. */
  public Tensor requiresGrad(boolean required) {
    at.set_requires_grad(required);
    return this;
  }

  public boolean requiresGrad() {
    return at.requires_grad();
  }

  /** Adds to the {@link #grad} of every leaf below this scalar. */
  public void backward() {
    backward(new TensorOptional());
  }

  /** The same for a tensor whose own gradient is given. */
  public void backward(Tensor gradient) {
    backward(new TensorOptional(gradient.at));
  }

  private void backward(TensorOptional gradient) {
    Operators.checked(
        "backward",
        () ->
            at._backward(
                new TensorVector(), gradient, new BoolOptional(false), /* create_graph= */ false),
        this);
  }

  /** The gradient gathered so far, empty before the first {@link #backward}. */
  public Optional<Tensor> grad() {
    org.bytedeco.pytorch.Tensor grad = at.grad();
    return grad.defined() ? Optional.of(owned(grad)) : Optional.empty();
  }

  /** Forgets the gradient. */
  public void clearGrad() {
    at.mutable_grad().put(new org.bytedeco.pytorch.Tensor());
  }

  /** The same values, cut off from the graph. */
  public Tensor detach() {
    return run("detach", at::detach, this);
  }

  // ---- shape ------------------------------------------------------------------------------------

  public Tensor contiguous() {
    return run("contiguous", at::contiguous, this);
  }

  /** A copy with memory of its own. */
  public Tensor copy() {
    return run("clone", () -> at.clone(new MemoryFormatOptional()), this);
  }

  public Tensor view(long... shape) {
    return run("view", () -> at.view(shape), this);
  }

  public Tensor reshape(long... shape) {
    return run("reshape", () -> at.reshape(shape), this);
  }

  public Tensor permute(long... dims) {
    return run("permute", () -> at.permute(dims), this);
  }

  public Tensor transpose(int a, int b) {
    return run("transpose", () -> at.transpose(a, b), this);
  }

  public Tensor unsqueeze(int dim) {
    return run("unsqueeze", () -> at.unsqueeze(dim), this);
  }

  /** Drops a dimension of size 1. */
  public Tensor squeeze(int dim) {
    return run("squeeze", () -> at.squeeze(dim), this);
  }

  /** All entries of a dimension, which disappears. */
  public Tensor[] unbind(int dim) {
    return parts(Operators.checked("unbind", () -> at.unbind(dim), this));
  }

  /** The parts of a dimension that are of these lengths, one after the other. */
  public Tensor[] split(int dim, long... lengths) {
    return parts(
        Operators.checked("split_with_sizes", () -> at.split_with_sizes(lengths, dim), this));
  }

  private static Tensor[] parts(TensorVector parts) {
    try {
      return Arrays.stream(parts.get()).map(Tensor::owned).toArray(Tensor[]::new);
    } finally {
      Reference.reachabilityFence(parts);
    }
  }

  public Tensor expand(long... shape) {
    return run("expand", () -> at.expand(shape), this);
  }

  /** One entry of a dimension, which disappears. */
  public Tensor select(int dim, long index) {
    return run("select", () -> at.select(dim, index), this);
  }

  /** {@code length} entries of a dimension from {@code start}, sharing this tensor's memory. */
  public Tensor narrow(int dim, long start, long length) {
    return run("narrow", () -> at.narrow(dim, start, length), this);
  }

  /** The rows (or other slices) that an INT64 vector names. */
  public Tensor indexSelect(int dim, Tensor index) {
    return run("index_select", () -> at.index_select(dim, index.at), this, index);
  }

  public Tensor gather(int dim, Tensor index) {
    return run("gather", () -> at.gather(dim, index.at), this, index);
  }

  public static Tensor cat(int dim, List<Tensor> parts) {
    return run("cat", () -> torch.cat(Operators.list(parts), dim), parts.toArray(Tensor[]::new));
  }

  /** Zeros around the last dimensions: before and after the last one, then the one before it, … */
  public Tensor pad(long... sides) {
    return run("constant_pad_nd", () -> torch.constant_pad_nd(at, sides), this);
  }

  /** Moves what stands at i to i + shift, and what falls over the end to the start. */
  public Tensor roll(long[] shifts, long... dims) {
    return run("roll", () -> torch.roll(at, shifts, dims), this);
  }

  public Tensor repeatInterleave(int dim, long times) {
    return run(
        "repeat_interleave",
        () -> at.repeat_interleave(times, new LongOptional(dim), new LongOptional()),
        this);
  }

  // ---- arithmetic -------------------------------------------------------------------------------

  public Tensor add(Tensor other) {
    return run("add", () -> at.add(other.at), this, other);
  }

  /** {@code this + alpha · other}. */
  public Tensor add(Tensor other, double alpha) {
    return run("add", () -> at.add(other.at, new Scalar(alpha)), this, other);
  }

  public Tensor add(double value) {
    return run("add", () -> at.add(new Scalar(value)), this);
  }

  public Tensor sub(Tensor other) {
    return run("sub", () -> at.sub(other.at), this, other);
  }

  public Tensor mul(Tensor other) {
    return run("mul", () -> at.mul(other.at), this, other);
  }

  public Tensor mul(double value) {
    return run("mul", () -> at.mul(new Scalar(value)), this);
  }

  public Tensor div(Tensor other) {
    return run("div", () -> at.div(other.at), this, other);
  }

  /** {@code this + a ⊙ b} in one pass. */
  public Tensor addcmul(Tensor a, Tensor b) {
    return run("addcmul", () -> at.addcmul(a.at, b.at), this, a, b);
  }

  /** Each entry limited to [low, high]. */
  public Tensor clamp(double low, double high) {
    return run(
        "clamp",
        () -> at.clamp(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high))),
        this);
  }

  public Tensor sqrt() {
    return run("sqrt", at::sqrt, this);
  }

  public Tensor exp() {
    return run("exp", at::exp, this);
  }

  /** −1, 0 or 1. */
  public Tensor sign() {
    return run("sign", at::sign, this);
  }

  public Tensor abs() {
    return run("abs", at::abs, this);
  }

  public Tensor log() {
    return run("log", at::log, this);
  }

  public Tensor cos() {
    return run("cos", at::cos, this);
  }

  public Tensor sin() {
    return run("sin", at::sin, this);
  }

  public Tensor tanh() {
    return run("tanh", at::tanh, this);
  }

  public Tensor sigmoid() {
    return run("sigmoid", at::sigmoid, this);
  }

  public Tensor relu() {
    return run("relu", at::relu, this);
  }

  /** Gaussian error linear unit; {@code tanh} picks the approximation. */
  public Tensor gelu(boolean tanh) {
    return run("gelu", () -> torch.gelu(at, tanh ? "tanh" : "none"), this);
  }

  /** x · sigmoid(x), also called swish. */
  public Tensor silu() {
    return run("silu", () -> torch.silu(at), this);
  }

  /** a · sigmoid(b) for the halves a, b of a dimension (Dauphin et al. 2017). */
  public Tensor glu(int dim) {
    return run("glu", () -> torch.glu(at, dim), this);
  }

  public Tensor softmax(int dim) {
    if (OneRow.here() && (dim == -1 || dim == dims() - 1)) return OneRow.softmax(this);
    return run("softmax", () -> at.softmax(dim), this);
  }

  public Tensor logSoftmax(int dim) {
    return run("log_softmax", () -> at.log_softmax(dim), this);
  }

  public Tensor logsumexp(int dim) {
    return run("logsumexp", () -> at.logsumexp(dim), this);
  }

  public Tensor sum() {
    return run("sum", at::sum, this);
  }

  public Tensor sum(int... dims) {
    long[] over = Arrays.stream(dims).asLongStream().toArray();
    return run("sum", () -> at.sum(over, false, new ScalarTypeOptional()), this);
  }

  /** Each entry's sum with those before it along a dimension. */
  public Tensor cumsum(int dim) {
    return run("cumsum", () -> at.cumsum(dim), this);
  }

  /** The real part of the discrete Fourier transform along the last two dimensions. */
  public Tensor fourierReal() {
    return run("fft_fft2", () -> torch.real(torch.fft_fft2(at)), this);
  }

  public Tensor mean() {
    return run("mean", at::mean, this);
  }

  public Tensor mean(int... dims) {
    long[] over = Arrays.stream(dims).asLongStream().toArray();
    return run("mean", () -> at.mean(over, false, new ScalarTypeOptional()), this);
  }

  public Tensor max() {
    return run("max", at::max, this);
  }

  /** The Euclidean norm over all entries. */
  public Tensor norm() {
    return run("norm", at::norm, this);
  }

  /** The p-norm over all entries; an infinite p gives the largest magnitude. */
  public Tensor norm(double p) {
    return run("norm", () -> at.norm(new Scalar(p)), this);
  }

  public Tensor argmax(int dim) {
    return run("argmax", () -> at.argmax(new LongOptional(dim), false), this);
  }

  /** The largest entry along a dimension, which disappears. */
  public Tensor amax(int dim) {
    return run("amax", () -> at.amax(new long[] {dim}, false), this);
  }

  /** The greater of each two entries. */
  public Tensor maximum(Tensor other) {
    return run("maximum", () -> at.maximum(other.at), this, other);
  }

  /** The k largest along the last dimension, highest first. */
  public record TopK(Tensor values, Tensor indices) {}

  public TopK topk(long k) {
    T_TensorTensor_T pair = Operators.checked("topk", () -> at.topk(k, -1, true, true), this);
    try {
      return new TopK(owned(pair.get0()), owned(pair.get1()));
    } finally {
      Reference.reachabilityFence(pair);
    }
  }

  public Tensor eq(double value) {
    return run("eq", () -> at.eq(new Scalar(value)), this);
  }

  public Tensor ne(double value) {
    return run("ne", () -> at.ne(new Scalar(value)), this);
  }

  public Tensor ge(double value) {
    return run("ge", () -> at.ge(new Scalar(value)), this);
  }

  public Tensor lt(double value) {
    return run("lt", () -> at.lt(new Scalar(value)), this);
  }

  public Tensor logicalNot() {
    return run("logical_not", at::logical_not, this);
  }

  public Tensor logicalAnd(Tensor other) {
    return run("logical_and", () -> at.logical_and(other.at), this, other);
  }

  public Tensor logicalOr(Tensor other) {
    return run("logical_or", () -> at.logical_or(other.at), this, other);
  }

  /** Whether any entry along a dimension is true; the dimension stays, with size 1. */
  public Tensor any(int dim) {
    return run("any", () -> at.any(dim, true), this);
  }

  /** The values, with {@code value} where the BOOL mask is true. */
  public Tensor maskedFill(Tensor mask, double value) {
    return run("masked_fill", () -> at.masked_fill(mask.at, new Scalar(value)), this, mask);
  }

  /**
   * Keeps the lower triangle of the last two dimensions, up to {@code diagonal} above the main one.
   */
  public Tensor tril(long diagonal) {
    return run("tril", () -> at.tril(diagonal), this);
  }

  // ---- products ---------------------------------------------------------------------------------

  public Tensor matmul(Tensor other) {
    return run("matmul", () -> at.matmul(other.at), this, other);
  }

  /** Batched product of (N, a, b) and (N, b, c). */
  public Tensor bmm(Tensor other) {
    return run("bmm", () -> at.bmm(other.at), this, other);
  }

  /** {@code this + scale · a b}, batched; {@code this} is (N, a, c). */
  public Tensor baddbmm(Tensor a, Tensor b, double scale) {
    return run(
        "baddbmm", () -> at.baddbmm(a.at, b.at, new Scalar(1.0), new Scalar(scale)), this, a, b);
  }

  public Tensor dot(Tensor other) {
    return run("dot", () -> at.dot(other.at), this, other);
  }

  /** {@code this · weightᵀ + bias}, weight (out, in). */
  public Tensor linear(Tensor weight, Optional<Tensor> bias) {
    if (OneRow.takes(this, weight))
      return Operators.checked("linear", () -> OneRow.product(this, weight, bias), this, weight);
    return run("linear", () -> torch.linear(at, weight.at, optional(bias)), this, weight);
  }

  /**
   * The rows of {@code this} (V, D) that INT64 ids name; the row {@code padding} is not trained.
   */
  public Tensor embedding(Tensor ids, int padding) {
    return run("embedding", () -> torch.embedding(at, ids.at, padding, false, false), this, ids);
  }

  /** Layer normalisation over the last dimension (Ba et al. 2016). */
  public Tensor layerNorm(Tensor gain, Tensor bias, double eps) {
    long[] over = {size(-1)};
    return run(
        "layer_norm",
        () ->
            torch.layer_norm(
                at, over, new TensorOptional(gain.at), new TensorOptional(bias.at), eps, false),
        this,
        gain);
  }

  /** {@link #layerNorm(Tensor, Tensor, double)} without a bias. */
  public Tensor layerNorm(Tensor gain, double eps) {
    long[] over = {size(-1)};
    return run(
        "layer_norm",
        () ->
            torch.layer_norm(
                at, over, new TensorOptional(gain.at), new TensorOptional(), eps, false),
        this,
        gain);
  }

  /** Root mean square normalisation over the last dimension (Zhang and Sennrich 2019). */
  public Tensor rmsNorm(Tensor gain, double eps) {
    long[] over = {size(-1)};
    return run(
        "rms_norm",
        () -> torch.rms_norm(at, over, new TensorOptional(gain.at), new DoubleOptional(eps)),
        this,
        gain);
  }

  /**
   * The engine's fused attention on q (B, H, T, Dh), k and v (B, G, S, Dh); G divides H, and each
   * run of H/G heads shares keys and values.
   *
   * @param mask BOOL (true = may attend) or additive, broadcastable to (B, H, T, S)
   */
  public static Tensor fusedAttention(
      Tensor q, Tensor k, Tensor v, Optional<Tensor> mask, boolean causal, double scale) {
    return run(
        "scaled_dot_product_attention",
        () ->
            torch.scaled_dot_product_attention(
                q.at,
                k.at,
                v.at,
                optional(mask),
                0,
                causal,
                new DoubleOptional(scale),
                k.size(1) != q.size(1)),
        q,
        k,
        v);
  }

  // ---- chance -----------------------------------------------------------------------------------

  /** A mask like this tensor: 0 with probability {@code p}, else 1/(1-p); {@code p} in [0, 1). */
  public Tensor dropoutMask(double p) {
    if (device().cuda() || dtype() != Dtype.FLOAT32) {
      Tensor ones = full(1, dtype(), device(), shape());
      return run("dropout", () -> torch.dropout(ones.at, p, true), this);
    }
    Tensor mask = empty(Dtype.FLOAT32, Device.CPU, shape());
    Randomness.dropoutMask(new org.bytedeco.javacpp.IntPointer(mask.at.data_ptr()), count(), p);
    return mask;
  }

  public Tensor uniform_(double low, double high) {
    return in("uniform_", () -> at.uniform_(low, high, new GeneratorOptional()));
  }

  public Tensor normal_(double mean, double deviation) {
    return in("normal_", () -> at.normal_(mean, deviation, new GeneratorOptional()));
  }

  /** The same of a CPU tensor by a seed of its own, which leaves other random numbers alone. */
  public Tensor normal_(double mean, double deviation, long seed) {
    return in(
        "normal_",
        () -> at.normal_(mean, deviation, new GeneratorOptional(torch.createCPUGenerator(seed))));
  }

  /** Makes this a random matrix of orthonormal rows or columns (Saxe et al. 2014). */
  public Tensor orthogonal_() {
    return in("orthogonal_", () -> torch.orthogonal_(at));
  }

  // ---- in place ---------------------------------------------------------------------------------

  public Tensor fill_(double value) {
    return in("fill_", () -> at.fill_(new Scalar(value)));
  }

  public Tensor copy_(Tensor source) {
    return in("copy_", () -> at.copy_(source.at), source);
  }

  public Tensor add_(Tensor other) {
    return in("add_", () -> at.add_(other.at), other);
  }

  public Tensor add_(Tensor other, double alpha) {
    return in("add_", () -> at.add_(other.at, new Scalar(alpha)), other);
  }

  public Tensor sub_(Tensor other) {
    return in("sub_", () -> at.sub_(other.at), other);
  }

  public Tensor mul_(Tensor other) {
    return in("mul_", () -> at.mul_(other.at), other);
  }

  public Tensor mul_(double value) {
    return in("mul_", () -> at.mul_(new Scalar(value)));
  }

  public Tensor exp_() {
    return in("exp_", at::exp_);
  }

  public Tensor div_(Tensor other) {
    return in("div_", () -> at.div_(other.at), other);
  }

  /** Limits each entry to [low, high]. */
  public Tensor clamp_(double low, double high) {
    return in(
        "clamp_",
        () -> at.clamp_(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high))));
  }

  public Tensor relu_() {
    return in("relu_", at::relu_);
  }

  public Tensor maskedFill_(Tensor mask, double value) {
    return in("masked_fill_", () -> at.masked_fill_(mask.at, new Scalar(value)), mask);
  }

  /** Adds {@code alpha · source} into the rows of dimension {@code dim} that INT64 ids name. */
  public Tensor indexAdd_(int dim, Tensor index, Tensor source, double alpha) {
    return in(
        "index_add_", () -> at.index_add_(dim, index.at, source.at, new Scalar(alpha)), source);
  }

  /** Puts {@code source} into the rows of dimension {@code dim} that distinct INT64 ids name. */
  public Tensor indexCopy_(int dim, Tensor index, Tensor source) {
    return in("index_copy_", () -> at.index_copy_(dim, index.at, source.at), source);
  }

  /** Adds {@code a · b}, matrix by matrix, to this batch of matrices. */
  public Tensor baddbmm_(Tensor a, Tensor b) {
    return in("baddbmm_", () -> at.baddbmm_(a.at, b.at), a, b);
  }

  /** Adds {@code a · b}, scaled by {@code alpha}, to this matrix. */
  public Tensor addmm_(Tensor a, Tensor b, double alpha) {
    return in("addmm_", () -> at.addmm_(a.at, b.at, new Scalar(1.0), new Scalar(alpha)), a, b);
  }

  // ---- plumbing ---------------------------------------------------------------------------------

  static Tensor run(
      String name, Supplier<org.bytedeco.pytorch.Tensor> operation, Tensor... operands) {
    return new Tensor(Operators.checked(name, operation, operands));
  }

  /** A handle of its own on a tensor that something else owns and may free or replace. */
  private static Tensor owned(org.bytedeco.pytorch.Tensor borrowed) {
    return new Tensor(new org.bytedeco.pytorch.Tensor(borrowed));
  }

  private Tensor in(String name, Runnable operation, Tensor... operands) {
    Operators.checked(name, operation, operands);
    return this;
  }

  static TensorOptional optional(Optional<Tensor> tensor) {
    return tensor.map(t -> new TensorOptional(t.at)).orElseGet(TensorOptional::new);
  }

  private static ScalarTypeOptional type(Dtype dtype) {
    Engine.start();
    return new ScalarTypeOptional(dtype.engine);
  }

  private static LayoutOptional layout() {
    return new LayoutOptional();
  }

  private static DeviceOptional on(Device device) {
    return new DeviceOptional(device.engine());
  }

  private static BoolOptional unpinned() {
    return new BoolOptional();
  }
}
