/**
 * Files of weights, as Hugging Face's libraries read and write them, and the hub they come from.
 */
package dev.heed.hub;
