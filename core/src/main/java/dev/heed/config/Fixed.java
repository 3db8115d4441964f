package dev.heed.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Keys of Hugging Face's {@code config.json} of which a model implements one value alone, each as
 * {@code key = value}: another value is refused, and the key may be missing or null.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Fixed {
  String[] value();
}
