package dev.heed.model;

/** An encoder that listens, and a decoder that writes what it hears. */
public interface SpeechToText extends SpeechEncoder, MemoryDecoder {}
