package dev.heed.adapt;

import dev.heed.config.Doc;

/** Which weights of a model that is already trained are trained further. */
public record AdaptConfig(
    @Doc("`full`: all; `head`: the new ones alone; `lora`: low-rank updates and the new ones")
        Kind kind,
    @Doc("the updates of `lora`") Lora.Config lora) {
  /** The ways of transfer learning. */
  public enum Kind {
    FULL,
    HEAD,
    LORA
  }

  public static final AdaptConfig DEFAULT = new AdaptConfig(Kind.FULL, Lora.Config.DEFAULT);
}
