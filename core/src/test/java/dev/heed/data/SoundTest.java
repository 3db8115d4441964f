package dev.heed.data;

import static dev.heed.OracleCases.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.heed.OracleCases;
import dev.heed.OracleCases.Case;
import dev.heed.config.UserError;
import dev.heed.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@link Sound} from files of every kind, and at another rate as torchaudio's formula has it. */
final class SoundTest {
  private static final int PCM = 1;
  private static final int ADPCM = 2;
  private static final int FLOAT = 3;

  @TempDir private Path dir;

  static List<Case> cases() {
    return OracleCases.of("hf/speech_resampling");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void anotherRateIsTorchaudios(Case fixture) {
    long[] rates = fixture.in("rates").toLongs();
    float[] found =
        new SincResampler((int) rates[0], (int) rates[1])
            .resample(fixture.in("samples").toFloats());
    assertClose("samples", fixture.out("samples"), Tensor.of(found, found.length), 0, 1e-6);
  }

  /** A RIFF file; {@code claimed} bytes of data are said to be there, −1 by who doesn't know. */
  private Path wav(String name, int kind, int channels, int bits, byte[] data, int claimed)
      throws IOException {
    ByteBuffer file = ByteBuffer.allocate(44 + data.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put(ascii("RIFF"))
        .putInt(claimed < 0 ? -1 : 36 + claimed)
        .put(ascii("WAVEfmt "))
        .putInt(16);
    file.putShort((short) kind).putShort((short) channels).putInt(8000);
    file.putInt(8000 * channels * bits / 8).putShort((short) (channels * bits / 8));
    file.putShort((short) bits).put(ascii("data")).putInt(claimed).put(data);
    return Files.write(dir.resolve(name), file.array());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Samples as integers of so many bits, or floating-point numbers. */
  private static byte[] data(int kind, int bits, double... samples) {
    ByteBuffer data = ByteBuffer.allocate(samples.length * bits / 8).order(ByteOrder.LITTLE_ENDIAN);
    for (double sample : samples) {
      if (kind == FLOAT && bits == 32) data.putFloat((float) sample);
      else if (kind == FLOAT) data.putDouble(sample);
      else {
        long whole = Math.round(sample * Math.scalb(1.0, bits - 1)) + (bits == 8 ? 128 : 0);
        for (int i = 0; i < bits / 8; i++) data.put((byte) (whole >> (8 * i)));
      }
    }
    return data.array();
  }

  @ParameterizedTest
  @CsvSource({"1, 8", "1, 16", "1, 24", "1, 32", "3, 32", "3, 64"})
  void samplesOfEveryWidthAreRead(int kind, int bits) throws IOException {
    double[] samples = {0, 0.5, -0.5, -1, 0.25, -0.75};
    byte[] data = data(kind, bits, samples);
    Sound mono = Sound.read(wav("mono.wav", kind, 1, bits, data, data.length));
    assertEquals(8000, mono.rate());
    assertArrayEquals(new float[] {0, 0.5f, -0.5f, -1, 0.25f, -0.75f}, mono.samples());
    Sound mean = Sound.read(wav("stereo.wav", kind, 2, bits, data, data.length));
    assertArrayEquals(new float[] {0.25f, -0.75f, -0.25f}, mean.samples());
    assertEquals(3 / 8000.0, mean.seconds());
  }

  @Test
  void theSameRateChangesNothing() {
    Sound sound = new Sound(new float[] {0.5f, 0}, 8000);
    assertSame(sound, sound.at(8000));
  }

  @Test
  void aStreamIsReadToItsEnd() throws IOException {
    byte[] data = data(PCM, 16, 0.5, -0.25);
    Sound sound = Sound.read(wav("stream.wav", PCM, 1, 16, data, -1));
    assertArrayEquals(new float[] {0.5f, -0.25f}, sound.samples());
  }

  @Test
  void whatIsNoSoundIsOneSentence() throws IOException {
    byte[] data = data(PCM, 16, 0.1, 0.2, 0.3);
    refused(Files.writeString(dir.resolve("text.wav"), "not a sound\n"), "is no sound");
    refused(Files.createFile(dir.resolve("nothing.wav")), "is no sound");
    refused(Files.write(dir.resolve("cut.wav"), ascii("RIFF....WAVE")), "is no sound");
    refused(wav("empty.wav", PCM, 1, 16, new byte[0], 0), "holds no sound: it has 0 samples");
    refused(wav("short.wav", PCM, 1, 16, data, 2000), "is cut off", "1000 samples, and holds 3");
    refused(wav("packed.wav", ADPCM, 1, 4, data, data.length), "packed.wav is");
    refused(wav("half.wav", FLOAT, 1, 16, data, data.length), "which can't be read");
    refused(wav("nan.wav", FLOAT, 1, 32, data(FLOAT, 32, 0, Double.NaN), 8), "sample 2 is not a");
    refused(dir, "is a folder");
    refused(dir.resolve("none.wav"), "there is no such file");
  }

  private static void refused(Path file, String... parts) {
    String sentence = assertThrows(UserError.class, () -> Sound.read(file)).getMessage();
    assertEquals(1, sentence.lines().count(), sentence);
    assertTrue(sentence.contains(file.toString()), sentence);
    for (String part : parts) assertTrue(sentence.contains(part), sentence);
  }

  @Test
  void resamplingKeepsLengthAndLevel() {
    float[] constant = new float[4000];
    Arrays.fill(constant, 0.5f);
    Sound other = new Sound(constant, 44_100).at(16_000);
    assertEquals((4000L * 16_000 + 44_099) / 44_100, other.samples().length);
    for (int i = 100; i < other.samples().length - 100; i++)
      assertEquals(0.5, other.samples()[i], 2e-3);
  }
}
