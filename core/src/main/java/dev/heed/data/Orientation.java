package dev.heed.data;

import java.awt.geom.AffineTransform;
import java.awt.image.AffineTransformOp;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a camera was held, as a JPEG's Exif block says (Exif 2.3, tag 0x0112): the picture must be
 * turned or mirrored to stand upright.
 *
 * @param code 1 (upright) to 8
 */
record Orientation(int code) {
  private static final Orientation UPRIGHT = new Orientation(1);
  private static final int APP1 = 0xffe1;
  private static final int EXIF = 0x45786966;
  private static final int TAG = 0x0112;

  /** That of a file's bytes; upright where they don't say. */
  static Orientation of(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file);
    if (file.length < 4 || in.getShort(0) != (short) 0xffd8) return UPRIGHT;
    for (int at = 2; at + 18 <= file.length && (in.get(at) & 0xff) == 0xff; ) {
      int length = in.getShort(at + 2) & 0xffff;
      if ((in.getShort(at) & 0xffff) == APP1 && in.getInt(at + 4) == EXIF)
        return tiff(in.slice(at + 10, Math.max(0, Math.min(length - 8, file.length - at - 10))));
      at += 2 + length;
    }
    return UPRIGHT;
  }

  private static Orientation tiff(ByteBuffer in) {
    if (in.limit() < 8) return UPRIGHT;
    in.order(in.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int entries = in.getInt(4);
    if (entries < 8 || entries > in.limit() - 2) return UPRIGHT;
    int count = in.getShort(entries) & 0xffff;
    for (int i = 0, at = entries + 2; i < count && at + 12 <= in.limit(); i++, at += 12) {
      int code = in.getShort(at + 8);
      if (in.getShort(at) == TAG && code >= 1 && code <= 8) return new Orientation(code);
    }
    return UPRIGHT;
  }

  BufferedImage upright(BufferedImage image) {
    if (code == 1) return image;
    int w = image.getWidth();
    int h = image.getHeight();
    AffineTransform turn =
        switch (code) {
          case 2 -> new AffineTransform(-1, 0, 0, 1, w, 0);
          case 3 -> new AffineTransform(-1, 0, 0, -1, w, h);
          case 4 -> new AffineTransform(1, 0, 0, -1, 0, h);
          case 5 -> new AffineTransform(0, 1, 1, 0, 0, 0);
          case 6 -> new AffineTransform(0, 1, -1, 0, h, 0);
          case 7 -> new AffineTransform(0, -1, -1, 0, h, w);
          default -> new AffineTransform(0, -1, 1, 0, 0, w);
        };
    boolean across = code >= 5;
    BufferedImage turned = new BufferedImage(across ? h : w, across ? w : h, image.getType());
    return new AffineTransformOp(turn, AffineTransformOp.TYPE_NEAREST_NEIGHBOR)
        .filter(image, turned);
  }
}
