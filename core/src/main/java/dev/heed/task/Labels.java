package dev.heed.task;

import com.fasterxml.jackson.databind.JsonNode;
import dev.heed.config.UserError;
import dev.heed.task.Classifier.Options;
import dev.heed.task.Classifier.Scored;
import dev.heed.task.Classifier.Scores;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** A model's classes: their names, {@code id2label} in config.json, and their scores. */
final class Labels {
  private Labels() {}

  /**
   * The names by class; {@code LABEL_0} and {@code LABEL_1} where none are given.
   *
   * @throws UserError if they aren't one for each class from 0 on
   */
  static List<String> of(Path folder, JsonNode config) {
    JsonNode named = config.path("id2label");
    int classes = named.isEmpty() ? config.path("num_labels").asInt(2) : named.size();
    return IntStream.range(0, classes)
        .mapToObj(
            i -> {
              JsonNode name = named.path(Integer.toString(i));
              if (name.isTextual() || named.isEmpty()) return name.asText("LABEL_" + i);
              throw new UserError(
                  "%s: id2label must name the classes 0 to %d, and lacks %d"
                      .formatted(folder.resolve("config.json"), classes - 1, i));
            })
        .toList();
  }

  /**
   * What a classifier tells to begin with: the best label, scored as config.json's {@code
   * problem_type} says.
   */
  static Options options(JsonNode config, List<String> labels) {
    Scores scores =
        switch (config.path("problem_type").asText()) {
          case "regression" -> Scores.NONE;
          case "multi_label_classification" -> Scores.SIGMOID;
          default -> labels.size() == 1 ? Scores.SIGMOID : Scores.SOFTMAX;
        };
    double any = Double.NEGATIVE_INFINITY;
    return new Options(scores, 1, any, TooLong.FAIL, Batches.DEFAULT);
  }

  /** The best labels by what a model gives for them from {@code from} on. */
  static List<Scored> best(List<String> labels, float[] scores, int from, Options options) {
    int count = labels.size();
    double[] values = new double[count];
    for (int i = 0; i < count; i++)
      values[i] =
          options.scores() == Scores.SIGMOID
              ? 1 / (1 + Math.exp(-scores[from + i]))
              : scores[from + i];
    double[] told = options.scores() == Scores.SOFTMAX ? softmax(scores, from, count) : values;
    return IntStream.range(0, count)
        .mapToObj(i -> new Scored(labels.get(i), told[i]))
        .filter(one -> one.score() >= options.atLeast())
        .sorted(Comparator.comparingDouble(Scored::score).reversed())
        .limit(options.nBest())
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
