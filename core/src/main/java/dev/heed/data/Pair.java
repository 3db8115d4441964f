package dev.heed.data;

/** A source text and the target text that a model is to make of it. */
public record Pair(String source, String target) {}
