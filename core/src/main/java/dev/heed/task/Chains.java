package dev.heed.task;

import dev.heed.model.CausalLm;
import dev.heed.model.Chain;
import dev.heed.tensor.Device;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * What models know of the text that they read last, so that one which begins alike, such as a chat
 * that goes on, is read from there. Each keeps the keys and values of that one text alone.
 */
final class Chains implements AutoCloseable {
  private final Map<CausalLm, Chain> chains = new IdentityHashMap<>();

  Chain of(CausalLm model, Device device) {
    return chains.computeIfAbsent(model, one -> new Chain(one, device));
  }

  @Override
  public void close() {
    chains.values().forEach(Chain::close);
    chains.clear();
  }
}
