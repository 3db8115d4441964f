/**
 * Strings and token ids: tokenizers in Hugging Face's tokenizer.json format, and their trainers.
 */
package dev.heed.text;
