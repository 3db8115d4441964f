/**
 * Generating tokens from any {@link dev.heed.model.Stepper}. Read {@link dev.heed.decode.Search},
 * the loop, then {@link dev.heed.decode.BeamSearch} and {@link dev.heed.decode.GreedySearch}.
 */
package dev.heed.decode;
