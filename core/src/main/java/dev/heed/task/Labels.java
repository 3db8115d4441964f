package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import java.util.List;
import java.util.stream.IntStream;

/** The names of a model's classes: {@code id2label} in config.json. */
final class Labels {
  private Labels() {}

  /**
   * The names by class; {@code LABEL_0} and {@code LABEL_1} where none are given.
   *
   * @throws UserError if they aren't one for each class from 0 on
   */
  static List<String> of(EncoderModel model) {
    JsonNode named = model.config().path("id2label");
    int classes = named.isEmpty() ? model.config().path("num_labels").asInt(2) : named.size();
    return IntStream.range(0, classes)
        .mapToObj(
            i -> {
              JsonNode name = named.path(Integer.toString(i));
              if (name.isTextual() || named.isEmpty()) return name.asText("LABEL_" + i);
              throw new UserError(
                  "%s: id2label must name the classes 0 to %d, and lacks %d"
                      .formatted(model.folder().resolve("config.json"), classes - 1, i));
            })
        .toList();
  }

  /** The scores of {@code count} classes from {@code from} on as probabilities. */
  static double[] softmax(float[] scores, int from, int count) {
    double[] result = new double[count];
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) most = Math.max(most, scores[from + i]);
    double sum = 0;
    for (int i = 0; i < count; i++) sum += result[i] = Math.exp(scores[from + i] - most);
    for (int i = 0; i < count; i++) result[i] /= sum;
    return result;
  }
}
