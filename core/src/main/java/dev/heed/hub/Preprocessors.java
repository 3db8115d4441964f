package dev.heed.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.heed.config.FileErrors;
import dev.heed.config.UserError;
import dev.heed.data.ImagePreprocessor;
import dev.heed.data.ImagePreprocessor.Exactly;
import dev.heed.data.ImagePreprocessor.ShortestEdge;
import dev.heed.data.ImagePreprocessor.Target;
import dev.heed.data.LogMel;
import dev.heed.data.Resampling;
import dev.heed.data.SoundPreprocessor;
import dev.heed.data.Waveform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a model folder's {@code preprocessor_config.json} says of images and sound. */
public final class Preprocessors {
  static final String FILE = "preprocessor_config.json";

  private static final int BILINEAR = 2;
  private static final int BICUBIC = 3;

  private Preprocessors() {}

  /**
   * How images become pixels.
   *
   * @throws UserError if the file is missing or broken, or asks for something that Heed can't do
   */
  public static ImagePreprocessor images(Path folder) {
    JsonNode json = json(folder);
    boolean crops = json.path("do_center_crop").asBoolean(false);
    Optional<Exactly> crop = crops ? Optional.of(exactly(json.path("crop_size"), folder)) : none();
    return new ImagePreprocessor(
        json.path("do_resize").asBoolean(true)
            ? Optional.of(target(json.path("size"), crops, folder))
            : Optional.empty(),
        resampling(json.path("resample").asInt(BILINEAR), folder),
        crop,
        json.path("do_rescale").asBoolean(true)
            ? json.path("rescale_factor").asDouble(1 / 255.0)
            : 1,
        numbers(json, "image_mean", 0),
        numbers(json, "image_std", 1));
  }

  /**
   * How sound becomes what a model listens to, as {@code feature_extractor_type} says.
   *
   * @throws UserError if the file is missing or broken, or names an extractor that isn't known
   */
  public static SoundPreprocessor sound(Path folder) {
    JsonNode json = json(folder);
    String type = json.path("feature_extractor_type").asText();
    return switch (type) {
      case "WhisperFeatureExtractor" -> logMel(folder);
      case "Wav2Vec2FeatureExtractor" ->
          new Waveform(
              json.path("sampling_rate").asInt(16_000),
              json.path("do_normalize").asBoolean(true),
              OptionalInt.empty());
      default ->
          throw new UserError(
              "%s: feature_extractor_type is \"%s\", where WhisperFeatureExtractor and Wav2Vec2FeatureExtractor are known"
                  .formatted(folder.resolve(FILE), type));
    };
  }

  /** Whether a folder says so. */
  public static boolean exist(Path folder) {
    return Files.exists(folder.resolve(FILE));
  }

  /**
   * How sound becomes Whisper's features.
   *
   * @throws UserError if the file is missing or broken
   */
  public static LogMel logMel(Path folder) {
    JsonNode json = json(folder);
    LogMel usual = LogMel.WHISPER;
    return new LogMel(
        json.path("feature_size").asInt(usual.bands()),
        json.path("sampling_rate").asInt(usual.rate()),
        json.path("hop_length").asInt(usual.hop()),
        json.path("chunk_length").asInt(usual.seconds()),
        json.path("n_fft").asInt(usual.window()));
  }

  private static Optional<Exactly> none() {
    return Optional.empty();
  }

  /** A number alone is a square's side, or the shorter side of what will be cut. */
  private static Target target(JsonNode size, boolean crops, Path folder) {
    if (size.path("shortest_edge").isInt() && !size.has("longest_edge"))
      return new ShortestEdge(size.path("shortest_edge").intValue());
    if (size.isInt() && crops) return new ShortestEdge(size.intValue());
    return exactly(size, folder);
  }

  private static Exactly exactly(JsonNode size, Path folder) {
    if (size.isInt()) return new Exactly(size.intValue(), size.intValue());
    if (size.path("height").isInt() && size.path("width").isInt())
      return new Exactly(size.path("height").intValue(), size.path("width").intValue());
    throw new UserError(
        "%s: a size is %s, where height and width, or shortest_edge, are known"
            .formatted(folder.resolve(FILE), size));
  }

  private static Resampling resampling(int code, Path folder) {
    return switch (code) {
      case BILINEAR -> Resampling.BILINEAR;
      case BICUBIC -> Resampling.BICUBIC;
      default ->
          throw new UserError(
              "%s: resample is %d, where 2 (bilinear) and 3 (bicubic) are known"
                  .formatted(folder.resolve(FILE), code));
    };
  }

  private static List<Double> numbers(JsonNode json, String key, double otherwise) {
    List<Double> numbers = new ArrayList<>();
    if (json.path("do_normalize").asBoolean(true))
      json.path(key).forEach(number -> numbers.add(number.asDouble()));
    return numbers.isEmpty() ? List.of(otherwise, otherwise, otherwise) : List.copyOf(numbers);
  }

  private static JsonNode json(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) throw new UserError(file + " is missing");
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw FileErrors.unreadable(file, e);
    }
  }
}
