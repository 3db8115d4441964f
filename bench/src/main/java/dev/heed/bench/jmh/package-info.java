/** Microbenchmarks (JMH) of the parts that a training step is made of. */
package dev.heed.bench.jmh;
