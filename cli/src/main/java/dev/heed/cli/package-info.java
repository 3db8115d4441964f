/** The command line: one class per verb, and what they share in {@link dev.heed.cli.Main}. */
package dev.heed.cli;
