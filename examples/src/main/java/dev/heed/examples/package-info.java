/** One task a file, each with a {@code main}: what an application that uses Heed looks like. */
package dev.heed.examples;
