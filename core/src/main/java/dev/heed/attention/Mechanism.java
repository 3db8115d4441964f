package dev.heed.attention;

/**
 * A way to attend with its options, before the sizes of the model are known. The options of a
 * mechanism are a record in the mechanism's own file that implements this, and {@link Mechanisms}
 * names it: that is all that adding one takes.
 */
public interface Mechanism {
  Traits traits();

  /** Whether it turns queries and keys where a pass says so, as rotary positions want. */
  default boolean turns() {
    return false;
  }

  /**
   * Self-attention, or what stands in its stead.
   *
   * @throws IllegalArgumentException if the options don't fit the place
   */
  Mixer self(Place place);

  /** A mechanism that differs in how projected queries meet projected keys alone. */
  interface OfKernel extends Mechanism {
    /**
     * @throws IllegalArgumentException if the options don't fit the place
     */
    Kernel kernel(Place place);

    /** Dk, the size of a head's queries and keys. */
    default int keySize(Place place) {
      return place.headSize();
    }

    @Override
    default boolean turns() {
      return true;
    }

    @Override
    default Mixer self(Place place) {
      return SelfAttention.keyed(place, keySize(place), kernel(place));
    }
  }
}
