package dev.heed.model;

import dev.heed.model.TextModel.Task;
import dev.heed.nn.Head;
import dev.heed.nn.Module;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Hugging Face's classes around one encoder: by itself, and with each of its heads. */
final class TextFamily<C extends Record, E extends Module & TextEncoder> {
  private final String type;
  private final String prefix;
  private final C defaults;
  private final Function<C, E> encoder;
  private final String body;
  private final List<Architecture<C>> architectures = new ArrayList<>();

  /**
   * @param type config.json's {@code model_type}
   * @param prefix of the encoder's weights where it has heads, such as {@code bert.}
   * @param body the weight names of the encoder, with the prefix
   */
  TextFamily(String type, String prefix, C defaults, Function<C, E> encoder, String body) {
    this.type = type;
    this.prefix = prefix;
    this.defaults = defaults;
    this.encoder = encoder;
    this.body = body;
  }

  /** The class without heads for a task, whose weights have no prefix. */
  TextFamily<C, E> plain(String name, String weights, Function<E, Map<Task, Head>> heads) {
    return add(
        name, (body + weights).replace(" " + prefix, " "), (body, labels) -> heads.apply(body));
  }

  /**
   * A class with heads.
   *
   * @param weights the weight names of the heads
   * @param heads makes them for an encoder and a number of classes
   */
  TextFamily<C, E> with(
      String name, String weights, BiFunction<E, Integer, Map<Task, Head>> heads) {
    return add(name, body + weights, heads);
  }

  /** A class with one head. */
  TextFamily<C, E> with(String name, Task task, String weights, BiFunction<E, Integer, Head> head) {
    return with(name, weights, (body, labels) -> Map.of(task, head.apply(body, labels)));
  }

  private TextFamily<C, E> add(
      String name, String weights, BiFunction<E, Integer, Map<Task, Head>> heads) {
    Architecture.Factory<C> factory =
        (config, labels) -> {
          E made = encoder.apply(config);
          return new TextModel(made, heads.apply(made, labels));
        };
    architectures.add(new Architecture<>(name, type, prefix, defaults, factory, weights));
    return this;
  }

  List<Architecture<C>> architectures() {
    return List.copyOf(architectures);
  }
}
