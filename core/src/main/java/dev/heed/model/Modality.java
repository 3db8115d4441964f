package dev.heed.model;

/** What a model reads. */
public enum Modality {
  TEXT,
  IMAGE,
  SOUND
}
