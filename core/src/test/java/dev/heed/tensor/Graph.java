package dev.heed.tensor;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.bytedeco.pytorch.Node;

/** What a tensor's gradients will go through, for tests that must not know the engine. */
public final class Graph {
  private Graph() {}

  /** The number of operations whose results or inputs are kept until the way back. */
  public static int size(Tensor tensor) {
    Set<Long> seen = new HashSet<>();
    Deque<Node> next = new ArrayDeque<>();
    next.add(tensor.at.grad_fn());
    while (!next.isEmpty()) {
      Node node = next.pop();
      if (!seen.add(node.address())) continue;
      for (int i = 0; i < node.num_outputs(); i++) {
        Node before = node.next_edge(i).function();
        if (before != null && !before.isNull()) next.add(before); // else it wants no gradient
      }
    }
    return seen.size();
  }
}
