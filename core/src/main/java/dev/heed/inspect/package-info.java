/**
 * Looking inside: what a model is made of ({@link dev.heed.inspect.Summary}), what it attends to
 * ({@link dev.heed.inspect.AttentionMaps}), and how a run went ({@link dev.heed.inspect.Curves}).
 */
package dev.heed.inspect;
