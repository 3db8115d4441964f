/**
 * Timing against peers: what {@code heed bench} does. A work folder holds what is timed, two or
 * more child processes read it, and rounds alternate between them.
 */
package dev.heed.bench;
