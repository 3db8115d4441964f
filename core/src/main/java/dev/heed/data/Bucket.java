package dev.heed.data;

import java.util.List;

/** Examples of like length that make up one batch, and the batch's place. */
public record Bucket(Position position, List<Example> examples) {}
