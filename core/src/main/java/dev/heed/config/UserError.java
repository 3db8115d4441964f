package dev.heed.config;

/** A mistake that the user can mend: one sentence that says what, where, and what to do. */
public final class UserError extends RuntimeException {
  public UserError(String message) {
    super(message);
  }

  public UserError(String message, Throwable cause) {
    super(message, cause);
  }
}
