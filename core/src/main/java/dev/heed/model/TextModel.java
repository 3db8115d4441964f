package dev.heed.model;

import dev.heed.config.UserError;
import dev.heed.nn.Head;
import dev.heed.nn.Module;
import dev.heed.tensor.Tensor;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** An encoder and what is asked of its vectors: one head for each question, mostly a single one. */
public final class TextModel extends Module {
  /** What a head tells. B texts of T tokens. */
  public enum Task {
    /** A vector of the whole text, (B, D). */
    POOLED,
    /** The token behind a mask, (B, T, V). */
    MASKED_LM,
    /** Whether the second text follows the first, (B, 2); 0 is yes. */
    NEXT_SENTENCE,
    /** The class of the text, (B, L). */
    SEQUENCE,
    /** How well each text does as one of several choices, (B, 1). */
    CHOICE,
    /** The class of each token, (B, T, L). */
    TOKENS,
    /** Whether the answer starts at a token, and whether it ends there, (B, T, 2). */
    SPAN,
    /** Whether the answer starts at a token, (B, T); the head knows more. */
    CONDITIONAL_SPAN,
    /** Whether a token was replaced, (B, T, 1); above 0 is yes. */
    REPLACED
  }

  private final TextEncoder encoder;
  private final Map<Task, Head> heads;
  private int virtual; // tokens before each text that no tokenizer knows

  public <E extends Module & TextEncoder> TextModel(E encoder, Map<Task, Head> heads) {
    this.encoder = child("encoder", encoder);
    this.heads = Map.copyOf(heads);
    heads.forEach((task, head) -> child(name(task), head));
  }

  /** {@code NEXT_SENTENCE} is the part {@code nextSentence}. */
  private static String name(Task task) {
    return switch (task) {
      case POOLED -> "pooled";
      case MASKED_LM -> "maskedLm";
      case NEXT_SENTENCE -> "nextSentence";
      case SEQUENCE -> "sequence";
      case CHOICE -> "choice";
      case TOKENS -> "tokens";
      case SPAN -> "span";
      case CONDITIONAL_SPAN -> "conditionalSpan";
      case REPLACED -> "replaced";
    };
  }

  /** Whether an architecture has a head for a task: its table of weights names the head's parts. */
  public static boolean has(Architecture<?> architecture, Task task) {
    return Pattern.compile("^\\s*" + name(task) + "\\.\\w+\\.", Pattern.MULTILINE)
        .matcher(architecture.weights())
        .find();
  }

  public TextEncoder encoder() {
    return encoder;
  }

  public boolean has(Task task) {
    return heads.containsKey(task);
  }

  /**
   * Puts so many virtual tokens before each text from now on; its encoder's embedding must know
   * them. Heads of tokens don't answer for them, heads of texts see them.
   */
  public void begin(int tokens) {
    virtual = tokens;
  }

  /** (B, T) ids → (B, T, D), virtual tokens first. */
  public Tensor encode(TextInput input) {
    return encoder.encode(input.after(virtual));
  }

  /**
   * What a head makes of the vectors (B, T, D) that {@link #encode} gave.
   *
   * @throws UserError if the model has no such head
   */
  public Tensor answer(Task task, Tensor hidden) {
    boolean each = Set.of(Task.MASKED_LM, Task.TOKENS, Task.SPAN, Task.REPLACED).contains(task);
    return head(task)
        .forward(
            each && virtual > 0 ? hidden.narrow(1, virtual, hidden.size(1) - virtual) : hidden);
  }

  /**
   * A head by itself.
   *
   * @throws UserError if the model has no such head
   */
  public Head head(Task task) {
    Head head = heads.get(task);
    if (head == null)
      throw new UserError(
          "this model has no head for %s: it has %s".formatted(task, heads.keySet()));
    return head;
  }
}
