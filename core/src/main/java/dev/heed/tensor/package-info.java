/** Tensors on libtorch: the only package that knows the engine's Java binding. */
package dev.heed.tensor;
