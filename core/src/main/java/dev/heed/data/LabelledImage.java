package dev.heed.data;

import dev.heed.config.UserError;
import java.awt.image.BufferedImage;
import java.util.function.Supplier;

/**
 * An image and its class.
 *
 * @param where it stands, for messages
 * @param image reads it; throws {@link UserError} if it can't be
 */
public record LabelledImage(String where, String label, Supplier<BufferedImage> image) {}
