/** Files of weights, as Hugging Face's libraries read and write them. */
package dev.heed.hub;
