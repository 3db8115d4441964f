package dev.heed.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The name by which a record is chosen among those that implement its sealed interface. A component
 * of such an interface is written as a section with a key {@code kind}; a kind that isn't the
 * default's starts from the constant {@code DEFAULT} of its record.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Choice {
  String value();
}
