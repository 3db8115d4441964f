/**
 * From gradients to new weights: {@link dev.heed.optim.Optimizer}, the learning rate of each step
 * ({@link dev.heed.optim.Schedule}) and {@link dev.heed.optim.GradientClip}.
 */
package dev.heed.optim;
