/**
 * Files into validated records and back: YAML and JSON ({@link dev.heed.config.Configs}), named
 * parts with options ({@link dev.heed.config.Registry}), and files that are never half written
 * ({@link dev.heed.config.AtomicFile}).
 */
package dev.heed.config;
