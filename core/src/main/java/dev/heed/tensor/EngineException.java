package dev.heed.tensor;

/**
 * An operation that libtorch refused: one sentence with the operation, the shapes and the reason.
 */
public final class EngineException extends RuntimeException {
  EngineException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Cuts the engine's 30-line native stack to its first line and says which operation failed. */
  static EngineException of(String operation, RuntimeException cause, Tensor... operands) {
    StringBuilder message = new StringBuilder(operation);
    String separator = " of ";
    for (Tensor operand : operands) {
      message.append(separator).append(operand);
      separator = " and ";
    }
    String reason = String.valueOf(cause.getMessage()).lines().findFirst().orElse("").strip();
    return new EngineException(message.append(": ").append(reason).toString(), cause);
  }
}
