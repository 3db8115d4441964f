package dev.heed.cli;

import dev.heed.task.TooLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What to do with a text that is too long. */
@Command // its option, as a mixin
final class TruncateOption {
  @Option(
      names = "--truncate",
      description =
          "Leave out what a text has beyond the model's positions, and say so, rather than fail.")
  private boolean truncate;

  TooLong tooLong() {
    return truncate ? TooLong.CUT : TooLong.FAIL;
  }
}
