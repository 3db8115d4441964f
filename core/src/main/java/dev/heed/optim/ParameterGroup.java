package dev.heed.optim;

import dev.heed.config.Doc;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Parameters that are trained otherwise than the rest. */
public record ParameterGroup(
    @Doc("regular expression; a parameter is in the first group whose pattern its name contains")
        String match,
    @Doc("what its learning rate is multiplied by; 0 = never trained") double factor,
    @Doc("first epoch, from 0, in which it is trained: gradual unfreezing") int from) {

  /** Trained as ever; a pattern must be given. */
  public static final ParameterGroup DEFAULT = new ParameterGroup("", 1, 0);

  /**
   * @throws IllegalArgumentException if a value makes no sense
   */
  public ParameterGroup {
    try {
      Pattern.compile(match);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "match must be a regular expression, not %s: %s".formatted(match, e.getDescription()), e);
    }
    if (!(factor >= 0 && Double.isFinite(factor)))
      throw new IllegalArgumentException("factor must be at least 0, not " + factor);
    if (from < 0) throw new IllegalArgumentException("from must be at least 0, not " + from);
  }
}
