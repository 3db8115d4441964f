/** What is learned beside a model's weights, which stay as they are. */
package dev.heed.adapt;
