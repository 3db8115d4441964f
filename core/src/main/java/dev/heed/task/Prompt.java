package dev.heed.task;

import dev.heed.text.ChatTemplate.Message;
import java.util.List;

/** What a generator goes on from. */
public sealed interface Prompt {
  /** A text to continue, or, for an encoder–decoder, to answer. */
  record Text(String text) implements Prompt {}

  /** Token ids, of which none is added. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ids(int[] ids) implements Prompt {}

  /** A conversation to answer, written as the model's chat template says. */
  record Chat(List<Message> messages) implements Prompt {}
}
