/**
 * The laboratory: long measurements of many rows, which can be stopped and gone on with. {@link
 * dev.heed.lab.Study} runs them; each other public class here is a study of its own.
 */
package dev.heed.lab;
