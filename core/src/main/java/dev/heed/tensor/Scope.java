package dev.heed.tensor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

/**
 * Frees, when it is closed, every tensor made on this thread since it was opened, save those that
 * were {@linkplain #keep kept}. The trainer and the decoders open one a step; without one, native
 * memory waits for the garbage collector, which doesn't see it.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<Deque<Scope>> OPEN = ThreadLocal.withInitial(ArrayDeque::new);

  /** What the graphs of tensors that were kept from every scope may still call. */
  private static final Set<Pointer> FOREVER = ConcurrentHashMap.newKeySet();

  private final PointerScope outer = PointerScope.getInnerScope();
  private final PointerScope inner = new PointerScope();
  private final List<Pointer> graph = new ArrayList<>(); // what graphs made in it hang on

  private Scope() {
    OPEN.get().push(this);
  }

  public static Scope open() {
    return new Scope();
  }

  /**
   * Does some work in a scope of its own, from which the result alone survives: what was made on
   * the way is freed at once, so that the next work finds its memory still in the cache.
   */
  public static Tensor within(Supplier<Tensor> work) {
    try (Scope scope = open()) {
      return scope.keep(work.get());
    }
  }

  /**
   * Lets tensors that are made later, in scopes within the one that is innermost now, live as long
   * as that one: what a cache needs that is filled on first use.
   */
  public static UnaryOperator<Tensor> keeper() {
    PointerScope home = PointerScope.getInnerScope();
    return tensor -> {
      if (home != null) home.attach(tensor.at);
      else tensor.at.retainReference();
      return tensor;
    };
  }

  /** Lets what a graph will call live as long as a tensor of that graph may. */
  static void holdWithGraph(Pointer pointer) {
    hold(pointer, Optional.ofNullable(OPEN.get().peek()));
  }

  private static void hold(Pointer pointer, Optional<Scope> by) {
    if (by.isPresent()) {
      by.get().inner.attach(pointer);
      by.get().graph.add(pointer);
    } else if (FOREVER.add(pointer)) {
      pointer.retainReference();
    }
  }

  // References are counted: a closing scope takes back only those that it holds itself.

  /** Lets a tensor outlive this scope: it now belongs to the scope around this one, if any. */
  public Tensor keep(Tensor tensor) {
    if (!graph.isEmpty() && tensor.requiresGrad()) {
      Optional<Scope> around = OPEN.get().stream().skip(1).findFirst();
      graph.forEach(pointer -> hold(pointer, around));
      graph.clear();
    }
    if (outer != null) outer.attach(tensor.at);
    else tensor.at.retainReference();
    return tensor;
  }

  /** Lets a tensor made in a scope inside this one live as long as this one. */
  public Tensor adopt(Tensor tensor) {
    if (PointerScope.getInnerScope() != inner) inner.attach(tensor.at);
    return tensor;
  }

  /** Frees a tensor of this scope now; it must not be used again. */
  public void release(Tensor tensor) {
    inner.detach(tensor.at);
  }

  @Override
  public void close() {
    OPEN.get().remove(this);
    inner.close();
  }
}
