package dev.heed.adapt;

import dev.heed.config.Doc;

/** Which weights of a model that is already trained are trained further. */
public record AdaptConfig(
    @Doc(
            "`full`: all; `head`: the new ones alone; `lora`: low-rank updates; `adapter`: bottlenecks"
                + " behind sublayers; `prefix`: keys and values before each layer's; `prompt`: virtual"
                + " tokens before each text; each of these with the new ones")
        Kind kind,
    @Doc("the updates of `lora`") Lora.Config lora,
    @Doc("the bottlenecks of `adapter`") Adapter.Config adapter,
    @Doc("the keys and values of `prefix`") Prefix.Config prefix,
    @Doc("the tokens of `prompt`") Prompt.Config prompt) {
  /** The ways of transfer learning. */
  public enum Kind {
    FULL,
    HEAD,
    LORA,
    ADAPTER,
    PREFIX,
    PROMPT
  }

  public static final AdaptConfig DEFAULT =
      new AdaptConfig(
          Kind.FULL,
          Lora.Config.DEFAULT,
          Adapter.Config.DEFAULT,
          Prefix.Config.DEFAULT,
          Prompt.Config.DEFAULT);
}
