/**
 * From text on disk to batches of token ids: {@link dev.heed.data.Corpus} → {@link
 * dev.heed.data.Examples} → {@link dev.heed.data.Batches} → {@link dev.heed.data.IdBatch}, with
 * {@link dev.heed.data.Prefetch} to do it all on a thread beside the training step.
 */
package dev.heed.data;
