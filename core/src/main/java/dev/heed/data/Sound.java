package dev.heed.data;

import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/**
 * A recording of one channel.
 *
 * @param samples in [−1, 1]
 * @param rate samples a second
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Sound(float[] samples, int rate) {
  private static final String KINDS =
      "give a WAV file of 8, 16, 24 or 32 bits, or of floating-point numbers";

  /** A size of so many bytes and more stands for one that its writer, to a pipe, didn't know. */
  private static final long UNKNOWN = 0x7fff_f000L;

  /**
   * @throws IllegalArgumentException if there is no sample, or the rate is below 1
   */
  public Sound {
    if (samples.length == 0 || rate < 1)
      throw new IllegalArgumentException(samples.length + " samples at " + rate + " a second");
  }

  /**
   * Reads a file: WAV, or what else the JDK reads. Of several channels, the mean is taken.
   *
   * @throws UserError if it can't be read, holds no sound, or ends too early
   */
  public static Sound read(Path file) {
    if (Files.isDirectory(file)) throw new UserError(file + " is a folder: " + KINDS);
    if (!Files.exists(file))
      throw new UserError(
          "could not read %s: there is no such file; check the path".formatted(file));
    try (AudioInputStream stream = pcm(AudioSystem.getAudioInputStream(file.toFile()), file)) {
      byte[] bytes = stream.readAllBytes();
      int frameSize = stream.getFormat().getFrameSize();
      long held = bytes.length / frameSize;
      if (held < stream.getFrameLength() && stream.getFrameLength() * frameSize < UNKNOWN)
        throw new UserError(
            "%s is cut off: it says that it has %d samples, and holds %d; get the whole file"
                .formatted(file, stream.getFrameLength(), held));
      if (held == 0) throw new UserError(file + " holds no sound: it has 0 samples");
      return new Sound(
          mono(bytes, stream.getFormat(), file), Math.round(stream.getFormat().getSampleRate()));
    } catch (UnsupportedAudioFileException | EOFException e) {
      throw new UserError(file + " is no sound that can be read: " + KINDS, e);
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }

  /** With the samples as numbers, not packed by a law. */
  private static AudioInputStream pcm(AudioInputStream stream, Path file) {
    AudioFormat format = stream.getFormat();
    AudioFormat.Encoding encoding = format.getEncoding();
    boolean numbers =
        encoding.equals(AudioFormat.Encoding.PCM_FLOAT)
            ? format.getSampleSizeInBits() == 32 || format.getSampleSizeInBits() == 64
            : encoding.equals(AudioFormat.Encoding.PCM_SIGNED)
                || encoding.equals(AudioFormat.Encoding.PCM_UNSIGNED);
    if (numbers && format.getSampleRate() >= 1) return stream;
    if ((encoding.equals(AudioFormat.Encoding.ALAW) || encoding.equals(AudioFormat.Encoding.ULAW))
        && AudioSystem.isConversionSupported(AudioFormat.Encoding.PCM_SIGNED, format))
      return AudioSystem.getAudioInputStream(AudioFormat.Encoding.PCM_SIGNED, stream);
    throw new UserError(
        "%s is sound of the kind %s, which can't be read: %s"
            .formatted(file, stream.getFormat(), KINDS));
  }

  private static float[] mono(byte[] bytes, AudioFormat format, Path file) {
    int channels = format.getChannels();
    int width = format.getFrameSize() / channels; // bytes of a sample
    ByteBuffer buffer =
        ByteBuffer.wrap(bytes)
            .order(format.isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    float[] samples = new float[bytes.length / format.getFrameSize()];
    for (int i = 0; i < samples.length; i++) {
      double sum = 0;
      for (int channel = 0; channel < channels; channel++)
        sum += sample(buffer, (i * channels + channel) * width, width, format);
      samples[i] = (float) (sum / channels);
      if (!Float.isFinite(samples[i]))
        throw new UserError("%s: sample %d is not a number; record it anew".formatted(file, i + 1));
    }
    return samples;
  }

  /** One sample in [−1, 1]. */
  private static double sample(ByteBuffer bytes, int at, int width, AudioFormat format) {
    if (format.getEncoding().equals(AudioFormat.Encoding.PCM_FLOAT))
      return width == 4 ? bytes.getFloat(at) : bytes.getDouble(at);
    long bits = 0;
    for (int i = 0; i < width; i++) // the most significant byte first
    bits = bits << 8 | bytes.get(at + (format.isBigEndian() ? i : width - 1 - i)) & 0xff;
    if (format.getEncoding().equals(AudioFormat.Encoding.PCM_UNSIGNED))
      bits ^= 1L << (8 * width - 1);
    return (double) (bits << (64 - 8 * width)) / -(double) Long.MIN_VALUE;
  }

  /** The same at another rate. */
  public Sound at(int otherRate) {
    return rate == otherRate
        ? this
        : new Sound(new SincResampler(rate, otherRate).resample(samples), otherRate);
  }

  /** How long it is. */
  public double seconds() {
    return (double) samples.length / rate;
  }
}
