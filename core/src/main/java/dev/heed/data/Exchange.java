package dev.heed.data;

import dev.heed.text.ChatTemplate.Message;
import java.util.List;

/**
 * What is said, and the answer to learn.
 *
 * @param before one text of a user's, or the turns of a conversation
 * @param where {@code file:line}, for messages
 */
public record Exchange(List<Message> before, String answer, String where) {
  public Exchange {
    before = List.copyOf(before);
  }

  /** What was said last: of a pair, the source. */
  public String source() {
    return before.get(before.size() - 1).content();
  }
}
