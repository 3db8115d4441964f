package dev.heed.lab;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A measurement that a {@link Study} is to make.
 *
 * @param key tells it from the others of the study: words and whole numbers, in the order of the
 *     table's columns
 */
public record Trial(Map<String, Object> key, Measurement measurement) {
  /** How it is made. */
  public interface Measurement {
    /**
     * Numbers and words by name, in the order of the table's columns; nothing if it was stopped
     * before its end. What it throws is the row's failure.
     *
     * @param now is told what is going on, in a few words
     * @param stop tells whether it should come to an end; a short measurement needn't ask
     */
    Optional<Map<String, Object>> take(Consumer<String> now, BooleanSupplier stop);
  }

  public Trial {
    key = Collections.unmodifiableMap(new LinkedHashMap<>(key));
  }
}
